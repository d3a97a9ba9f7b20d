# SPDX-License-Identifier: BSD-3-Clause
#
# The front door.  Everything is built below build/; the scripts in tools/ do
# the work and can be called by themselves.

QEMU ?= 10.0
KERNEL ?= 7
export QEMU KERNEL

.DEFAULT_GOAL := help
.PHONY: help run demo devices matrix clients replay-s390x shell test bench check-qemu check-overlay rust stock \
	fuzz-farm fuzz-glue fuzz-driver stress mutate deb clean distclean

help: ## this list
	@echo 'make TARGET [QEMU=10.0|10.2] [KERNEL=7|6.12] [ACCEL=tcg|kvm]'
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'

run: ## build all, boot the guest: the SVM demo, then the devices run
	@tools/run demo devices

demo: ## only the SVM demo
	@tools/run demo

devices: ## only the devices run: NVMe, disk and network behind the unit
	@tools/run devices

matrix: ## the SVM demo with both QEMU versions on both kernels
	@tools/matrix

shell: ## an interactive guest
	@tools/run shell

test: ## build libvtd with warnings as errors and run its tests
	@tools/setup test
	@tools/test

check-qemu: ## QEMU's own tests and ours of the glue, against an unchanged QEMU
	@tools/setup run
	@tools/build-lib
	@tools/build-qemu $(QEMU)
	@tools/build-qemu --stock $(QEMU)
	@tools/check-qemu $(QEMU)

check-overlay: ## the glue against the headers of all QEMUs, without building one
	@tools/setup run
	@tools/check-overlay

# All QEMU versions unless one is asked for.
clients: ## strangers' software on all QEMUs: [QEMU=...] [CLIENTS="name..."]
	@QEMU='$(if $(filter file,$(origin QEMU)),,$(QEMU))' tools/clients

# Recordings of any machine; without them the one that the tests keep.
replay-s390x: ## recordings played on an emulated big-endian machine: [FILES="recording..."]
	@tools/setup run
	@tools/replay-s390x $(FILES)

bench: ## what it costs: docs/benchmarks.md; [BENCH="library qemu guest"]
	@QEMU='$(if $(filter file,$(origin QEMU)),,$(QEMU))' tools/bench $(BENCH)

# What these say is in docs/robustness.md.
fuzz-farm: ## all fuzz targets side by side: [MINUTES=10] [RECORD=1]
	@tools/setup test
	@tools/fuzz-farm

fuzz-glue: ## the glue and the svm device in a QEMU with sanitizers: [MINUTES=10] [SEED=1] [QEMU=10.2]
	@tools/setup test
	@tools/setup run
	@QEMU='$(if $(filter file,$(origin QEMU)),10.2,$(QEMU))' tools/fuzz-glue

fuzz-driver: ## hostile calls of the guest's driver: [TIMES=20] [SEED=1]
	@tools/fuzz-driver

stress: ## threads against the promise of invalidation: [ACCESSES=1000000] [PARTS="part..."]
	@tools/setup test
	@tools/stress $(PARTS)

mutate: ## do the tests notice mistakes? [PART=library|glue] [SAMPLE=400] [SEED=1] [MINUTES=n] [FILES="file..."]
	@tools/setup test
	@[ '$(PART)' != glue ] || tools/setup run
	@PART='$(PART)' QEMU='$(if $(filter file,$(origin QEMU)),10.2,$(QEMU))' tools/mutate $(FILES)

stock: ## an unchanged QEMU to compare with, in build/qemu-VERSION-stock
	@tools/setup run
	@tools/build-qemu --stock $(QEMU)

rust: ## the headers through bindgen, and a Rust program that explains a fault
	@tools/setup rust
	@tools/rust

deb: ## Debian packages, in build/deb: [SUITE=trixie|bookworm]
	@tools/setup deb
	@tools/deb

clean: ## remove what was built here; keep what was downloaded
	@rm -rf build/lib build/bench* build/test-* build/fuzz build/fuzz-coverage build/lib-fuzz build/prefix-fuzz build/mutate \
		build/aarch64 build/prefix build/user* build/image-* \
		build/module-* build/guest build/log build/deb build/qemu-*

distclean: ## remove all of build/
	@! grep -F ' $(CURDIR)/build/' /proc/mounts # would delete what is mounted
	@rm -rf build
