"""Writes testdata/: files of torch.save and what they hold, as safetensors.

Run with torch 2.11.0 and safetensors 0.8.0:
    python harness/model/make_testdata.py
"""
import pathlib

import safetensors.torch
import torch

HERE = pathlib.Path(__file__).parent / "testdata"


def write(name, tensors, **options):
    torch.save(tensors, HERE / f"{name}.bin", **options)
    plain = {key: value.detach().clone().contiguous()
             for key, value in tensors.items()}
    safetensors.torch.save_file(plain, HERE / f"{name}.safetensors")


def main():
    HERE.mkdir(exist_ok=True)
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.LayerNorm(3))
    write("state_dict", layers.state_dict())
    write("protocol_4", dict(layers.named_parameters()), pickle_protocol=4)
    torch.serialization.set_crc32_options(False)
    write("no_crc", layers.state_dict())
    torch.serialization.set_crc32_options(True)

    numbers = torch.arange(-6, 6, dtype=torch.float64) / 8
    types = {str(t).split(".")[1]: (numbers.abs() * 8).to(t) for t in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16,
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
        torch.bool)}
    types["odd_numbers"] = torch.tensor([float("nan"), float("inf"), -0.0])
    types["large"] = torch.tensor([2**62 + 1, -2**63])
    types["scalar"] = torch.tensor(2.5)
    types["empty"] = torch.empty(0, 3)
    write("types", types)

    base = torch.arange(24, dtype=torch.float32)
    cube = base.view(2, 3, 4)
    write("views", {
        "base": base, "cube": cube, "again": base, "transposed": cube[0].t(),
        "permuted": cube.permute(2, 0, 1), "row": cube[1, 2],
        "column": cube[1, :, 2], "every_other": base[1::2],
        "one_wide": base[5:8].view(3, 1), "expanded_one": base[2:6].expand(1, 4),
    })

    # Refused: what torch wrote before 1.6, more than tensors, code.
    torch.save(layers.state_dict(), HERE / "legacy.bin",
               _use_new_zipfile_serialization=False)
    torch.save({"model": layers.state_dict(), "epoch": 3}, HERE / "nested.bin")
    torch.save({"a": torch.zeros(1).expand(1000)}, HERE / "broadcast.bin")
    torch.save(torch.nn.Linear(2, 2), HERE / "module.bin")
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(HERE / "script.bin"))


if __name__ == "__main__":
    main()
