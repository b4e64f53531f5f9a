#!/bin/sh
# A folder with what LiteRT needs on a 64-bit ARM, for test_arm64_runtime.py: Debian's Python of that machine with NumPy and
# ai-edge-litert, 190 MB. Nothing is installed outside it.
#
#   apt install qemu-user && sh tests/export/examples/make_arm64_root.sh FOLDER && SOFTDECA_ARM64_ROOT=FOLDER pytest tests/export/examples/test_arm64_runtime.py
#
# Needs Debian 12's apt and dpkg, and pip (PIP names another, as in PIP="python -m pip").
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
apt=$folder/apt
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$folder/debs" "$folder/proc"
: > "$apt/status"
cat > "$apt/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
END
export APT_CONFIG="$apt/apt.conf"
apt-get update
(cd "$folder/debs" && apt-get download python3.11-minimal libpython3.11-minimal libpython3.11-stdlib \
    libc6 libstdc++6 libgcc-s1 zlib1g libexpat1 libssl3 libffi8 libbz2-1.0 liblzma5)
for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$folder"; done
${PIP:-pip} install --no-deps --only-binary=:all: --target "$folder/site" --python-version 3.11 --implementation cp \
    --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 "ai-edge-litert>=2.3,<2.4" "numpy>=2,<2.4"
# LiteRT asks /proc/cpuinfo what the processor can do, and does not survive the answer of one that is no ARM.
for core in 0 1; do
    printf 'processor\t: %d\nFeatures\t: fp asimd crc32 atomics fphp asimdhp cpuid asimdrdm asimddp\n' "$core"
    printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\nCPU revision\t: 1\n\n'
done > "$folder/proc/cpuinfo"
