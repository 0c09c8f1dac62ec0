#include "harness/anchors/generic_words.h"

#include <fmt/core.h>

#include <sstream>
#include <vector>

#include "harness/anchors/words.h"
#include "harness/base/rng.h"

namespace lethe {
namespace {

using Words = std::vector<std::string>;

Words split_words(const char* text) {
  std::istringstream stream(text);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Every beginning with every ending.
Words combined(const Words& heads, const Words& tails) {
  Words words;
  for (const std::string& tail : tails) {
    for (const std::string& head : heads) words.push_back(head + tail);
  }
  return words;
}

const Words& heads() {
  static const Words words = split_words(
      "Wel Har Mar Col Brad Thorn Ash Whit Lang Pem Rad Hal Stan Win Bram Ed "
      "Fair Kel Lin Mil Nor Os Pres Quin Rust Sel Tarn Ul Ver Wal Yar Al Ber "
      "Cran Dun El Fen Gar Hart Is");
  return words;
}

Words names_for(WordRole role) {
  switch (role) {
    case WordRole::given_male:
      return split_words(
          "Martin Peter Oliver Edmund Philip Leonard Gilbert Walter Harold "
          "Roland Stephen Andrew Bernard Clement Daniel Eric Gregory Howard "
          "Julian Keith Lionel Maurice Nigel Oscar Patrick Quentin Ralph "
          "Samuel Theodore Vernon Adrian Bruno Conrad Douglas Graham Hector "
          "Jasper Albert Cedric Desmond Eugene Gordon Hubert Laurence Matthew "
          "Norman Owen Rupert Sidney Terence");
    case WordRole::given_female:
      return split_words(
          "Clara Edith Nora Martha Judith Sylvia Ruth Agnes Beatrice Celia "
          "Dorothy Esther Frances Gloria Hilda Ingrid Joan Louisa Miriam Naomi "
          "Olive Paula Rosalind Stella Teresa Ursula Vera Winifred Amelia "
          "Bridget Cora Daphne Eleanor Fiona Greta Hazel Iris Janet Laura "
          "Marion Audrey Brenda Constance Diana Ellen Gertrude Harriet Imogen "
          "Josephine Lavinia");
    case WordRole::surname:
      return combined(heads(), {"don", "combe", "low", "ley", "worth", "more"});
    case WordRole::place:
      return combined(heads(), {"bury", "ton", "ford", "wick", "mouth", "dale",
                                "stead", "minster"});
    default:
      return {};
  }
}

Words nouns_for(WordRole role) {
  switch (role) {
    case WordRole::rank_male:
      return split_words(
          "Governor Regent Viceroy Chancellor Archduke Earl Marquis Sultan "
          "Margrave Provost Premier Consul Baron Steward Mayor");
    case WordRole::rank_female:
      return split_words(
          "Baroness Marchioness Abbess Viscountess Archduchess Empress "
          "Chatelaine Priestess Matriarch Contessa Margravine Mayoress");
    case WordRole::creature:
      return split_words(
          "Badger Otter Heron Weasel Hamster Beaver Marten Sparrow Raven Toad "
          "Newt Salamander Stoat Squirrel Mole Vole Ferret Rook Finch Donkey "
          "Lynx Falcon Beetle Moth Snail Swan Pheasant Partridge Marmot Shrew "
          "Wombat Pelican Stork Jackdaw Terrier Pony Ram Heifer Gecko Walrus "
          "Puffin Swallow Thrush Curlew Plover Buzzard Kestrel Wren Polecat");
    case WordRole::occupation:
      return split_words(
          "Cooper Miller Weaver Glazier Tinker Porter Carpenter Mason Barber "
          "Grocer Potter Saddler Printer Piper Ferryman Shepherd Tailor "
          "Coachman Clockmaker Thatcher Bookbinder Chandler Fiddler Brewer "
          "Cobbler Tanner Draper Milkman Locksmith Miner");
    case WordRole::group:
      return split_words(
          "Guild Fellowship Circle Assembly Alliance Federation Lodge Trust "
          "Foundation Syndicate");
    case WordRole::adjective:
      return split_words(
          "Grey Plain Brindled Quiet Tall Pale Russet Silver Spotted Striped "
          "Gentle Steady Amber Dusky Northern Narrow Maple Golden Crimson "
          "Velvet Rusty Sandy Mellow Woollen Painted Hollow Broad Brown Round "
          "Southern Polished Leaden Mossy Ivory Scarlet Tidy Solemn Distant "
          "Eastern Western Sturdy Slender Marble Timber");
    default:
      return split_words(
          "Lantern Basket Kettle Bracelet Saddle Ladle Anvil Barrel Pitcher "
          "Tankard Goblet Satchel Hammer Ribbon Teapot Brooch Candlestick "
          "Blanket Bucket Thimble Parasol Fiddle Flute Drum Compass Quill "
          "Inkwell Wheelbarrow Plough Sail Cart Bench Stool Tray Jug Buckle "
          "Purse Trowel Spindle Loom Mirror Ladder Cradle Anchor Bonnet "
          "Whistle Spade Pulley Trumpet Cushion Funnel Sickle Mallet Chisel "
          "Turnip Pumpkin Walnut Cabbage Radish Apricot Biscuit Pudding");
  }
}

const Words& words_for(WordRole role) {
  static const std::vector<Words> all = [] {
    std::vector<Words> lists;
    for (int i = 0; i <= static_cast<int>(WordRole::objects); ++i) {
      const WordRole one = static_cast<WordRole>(i);
      const Words names = names_for(one);
      lists.push_back(names.empty() ? nouns_for(one) : names);
    }
    return lists;
  }();
  return all[static_cast<size_t>(role)];
}

// More names than any text has anchors.
std::string coined(Rng* rng) {
  static const char* kMiddles[] = {"an", "el", "in", "or", "ar", "en", "il"};
  static const char* kTails[] = {"by", "ham", "wood", "field", "stone", "well"};
  return heads()[rng->below(heads().size())] + kMiddles[rng->below(7)] +
         kTails[rng->below(6)];
}

}  // namespace

std::string plural_of(const std::string& word) {
  for (const char* ending : {"s", "x", "z", "ch", "sh"}) {
    if (word.ends_with(ending)) return word + "es";
  }
  return word + "s";
}

std::string GenericWords::draw(WordRole role, const std::string& folded_word) {
  Rng rng(seed_,
          fmt::format("anchors/{}/{}", static_cast<int>(role), folded_word));
  const Words& words = words_for(role);
  const size_t start = rng.below(words.size());
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[(start + i) % words.size()];
    if (role == WordRole::objects) word = plural_of(word);
    if (taken_.insert(folded(word)).second) return word;
  }
  std::string word = coined(&rng);
  while (!taken_.insert(folded(word)).second) word = coined(&rng);
  return word;
}

}  // namespace lethe
