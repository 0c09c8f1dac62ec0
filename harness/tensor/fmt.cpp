// The compiled part of the fmt that LibTorch's headers bring along: its version
// differs from the system's, which the rest of the program uses, and its
// libraries do not export it.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
template FMT_API auto detail::dragonbox::to_decimal(float x) noexcept
    -> detail::dragonbox::decimal_fp<float>;
template FMT_API auto detail::dragonbox::to_decimal(double x) noexcept
    -> detail::dragonbox::decimal_fp<double>;
template FMT_API auto detail::thousands_sep_impl(locale_ref)
    -> detail::thousands_sep_result<char>;
template FMT_API auto detail::decimal_point_impl(locale_ref) -> char;
template FMT_API void detail::buffer<char>::append(const char*, const char*);
FMT_END_NAMESPACE
