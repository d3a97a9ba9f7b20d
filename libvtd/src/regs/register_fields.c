/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of registers as data.  SPEC 11.4. */
#include "regs/register_info.h"

#include <vtd/spec/regs.h>

/* clang-format off */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define FIELD(prefix, field, words) \
	{ .name = #field, .mask = VTD_##prefix##_##field, .text = words }
#define KIND(prefix, field, words, what)                                 \
	{ .name = #field, .mask = VTD_##prefix##_##field, .text = words, \
	  .kind = VTD_FIELD_##what }
#define NAMED(prefix, field, words, names)                               \
	{ .name = #field, .mask = VTD_##prefix##_##field, .text = words, \
	  .value = names, .values = COUNT(names) }

static const char *const widths[] = {
	"none", NULL, "39", NULL, "48", NULL, "39, 48", NULL,
	"57", NULL, "39, 57", NULL, "48, 57", NULL, "39, 48, 57",
};
static const char *const large_pages[] = { "none", "2 MiB", NULL, "2 MiB, 1 GiB" };
static const char *const modes[] = { "legacy", "scalable", NULL, "abort DMA" };
static const char *const granularities[] = {
	"none", "global", "domain-selective", "selective",
};
static const char *const queue_errors[] = {
	"no information", "tail beyond the queue",
	"a descriptor could not be fetched", "unknown descriptor type",
	"a reserved field is set", "descriptor width does not fit",
	"tail is not aligned", "invalid TTM",
};
static const char *const address_types[] = {
	"untranslated", "translation", "translated",
};

static const struct vtd_field_info ver[] = {
	FIELD(VER, MAX, "major version"),
	FIELD(VER, MIN, "minor version"),
};

static const struct vtd_field_info cap[] = {
	FIELD(CAP, ND, "domain-id bits, less 4, by two"),
	FIELD(CAP, RWBF, "needs write buffer flushes"),
	FIELD(CAP, PLMR, "protected low memory region"),
	FIELD(CAP, PHMR, "protected high memory region"),
	FIELD(CAP, CM, "caching mode"),
	NAMED(CAP, SAGAW, "second-stage address widths", widths),
	FIELD(CAP, MGAW, "guest address bits, less 1"),
	FIELD(CAP, ZLR, "zero-length reads of write-only pages"),
	FIELD(CAP, FRO, "place of the fault records, 16 bytes"),
	NAMED(CAP, SSLPS, "second-stage large pages", large_pages),
	FIELD(CAP, PSI, "page-selective invalidation"),
	FIELD(CAP, NFR, "fault records, less 1"),
	FIELD(CAP, MAMV, "largest address mask"),
	FIELD(CAP, DWD, "write draining"),
	FIELD(CAP, DRD, "read draining"),
	FIELD(CAP, FS1GP, "first-stage 1 GiB pages"),
	FIELD(CAP, PI, "posted interrupts"),
	FIELD(CAP, FS5LP, "first stage with 5 levels"),
	FIELD(CAP, ECMDS, "enhanced commands"),
	FIELD(CAP, ESIRTPS, "SIRTP invalidates by itself"),
	FIELD(CAP, ESRTPS, "SRTP invalidates by itself"),
};

static const struct vtd_field_info ecap[] = {
	FIELD(ECAP, C, "coherent page walks"),
	FIELD(ECAP, QI, "queued invalidation"),
	FIELD(ECAP, DT, "device-TLBs"),
	FIELD(ECAP, IR, "interrupt remapping"),
	FIELD(ECAP, EIM, "extended interrupt mode"),
	FIELD(ECAP, PT, "pass-through"),
	FIELD(ECAP, SC, "snoop control"),
	FIELD(ECAP, IRO, "place of the IOTLB registers, 16 bytes"),
	FIELD(ECAP, MHMV, "largest handle mask"),
	FIELD(ECAP, MTS, "memory types"),
	FIELD(ECAP, NEST, "nested translation"),
	FIELD(ECAP, PRS, "page requests"),
	FIELD(ECAP, ERS, "execute requests"),
	FIELD(ECAP, SRS, "supervisor requests"),
	FIELD(ECAP, NWFS, "no-write flag"),
	FIELD(ECAP, EAFS, "extended accessed flag"),
	FIELD(ECAP, PSS, "PASID bits, less 1"),
	FIELD(ECAP, PASID, "requests with PASID"),
	FIELD(ECAP, DIT, "device-TLB invalidation throttling"),
	FIELD(ECAP, PDS, "page request draining"),
	FIELD(ECAP, SMTS, "scalable mode"),
	FIELD(ECAP, VCS, "virtual commands"),
	FIELD(ECAP, SSADS, "second-stage accessed and dirty bits"),
	FIELD(ECAP, SSTS, "second stage in scalable mode"),
	FIELD(ECAP, FSTS, "first stage"),
	FIELD(ECAP, SMPWCS, "coherent page walks in scalable mode"),
	FIELD(ECAP, RPS, "RID_PASID"),
	FIELD(ECAP, TDXCS, "TDX Connect"),
	FIELD(ECAP, PMS, "performance monitoring"),
	FIELD(ECAP, ADMS, "abort-DMA mode"),
	FIELD(ECAP, RPRIVS, "RID_PRIV"),
	FIELD(ECAP, HPTS, "host permission tables"),
	FIELD(ECAP, PTRS, "PASID in translated requests"),
	FIELD(ECAP, SSIRWS, "second-stage I/O permissions"),
	FIELD(ECAP, SMS, "stop markers"),
	FIELD(ECAP, HPT1GPS, "host permissions of 1 GiB"),
	FIELD(ECAP, RDTS, "resource director"),
	FIELD(ECAP, EIMER, "extended interrupt mode is required"),
	FIELD(ECAP, IRREQ, "interrupt remapping is required"),
};

static const struct vtd_field_info gcmd[] = {
	FIELD(GCMD, TE, "translation on"),
	FIELD(GCMD, SRTP, "set root table pointer"),
	FIELD(GCMD, WBF, "flush write buffer"),
	FIELD(GCMD, QIE, "queued invalidation on"),
	FIELD(GCMD, IRE, "interrupt remapping on"),
	FIELD(GCMD, SIRTP, "set interrupt table pointer"),
	FIELD(GCMD, CFI, "compatibility format interrupts pass"),
};

static const struct vtd_field_info gsts[] = {
	FIELD(GSTS, TES, "translation is on"),
	FIELD(GSTS, RTPS, "root table pointer is set"),
	FIELD(GSTS, WBFS, "write buffer is being flushed"),
	FIELD(GSTS, QIES, "queued invalidation is on"),
	FIELD(GSTS, IRES, "interrupt remapping is on"),
	FIELD(GSTS, IRTPS, "interrupt table pointer is set"),
	FIELD(GSTS, CFIS, "compatibility format interrupts pass"),
};

static const struct vtd_field_info rtaddr[] = {
	NAMED(RTADDR, TTM, "translation table mode", modes),
	KIND(RTADDR, RTA, "root table", ADDRESS),
};

static const struct vtd_field_info ccmd[] = {
	FIELD(CCMD, DID, "domain-id"),
	KIND(CCMD, SID, "source-id", SOURCE_ID),
	FIELD(CCMD, FM, "function mask"),
	NAMED(CCMD, CAIG, "granularity done", granularities),
	NAMED(CCMD, CIRG, "granularity asked for", granularities),
	FIELD(CCMD, ICC, "under way"),
};

static const struct vtd_field_info fsts[] = {
	FIELD(FSTS, PFO, "faults were lost"),
	FIELD(FSTS, PPF, "a fault is recorded"),
	FIELD(FSTS, IQE, "invalidation queue error"),
	FIELD(FSTS, ICE, "invalidation completion error"),
	FIELD(FSTS, ITE, "invalidation time-out"),
	FIELD(FSTS, FRI, "first fault record"),
};

static const struct vtd_field_info event_control[] = {
	FIELD(ECTL, IM, "interrupt masked"),
	FIELD(ECTL, IP, "interrupt pending"),
};

static const struct vtd_field_info pmen[] = {
	FIELD(PMEN, EPM, "protected memory on"),
	FIELD(PMEN, PRS, "protected memory is on"),
};

static const struct vtd_field_info iqh[] = { FIELD(IQH, QH, "head, 16 bytes") };
static const struct vtd_field_info iqt[] = { FIELD(IQT, QT, "tail, 16 bytes") };
static const struct vtd_field_info iqa[] = {
	FIELD(IQA, QS, "size, 2^n pages"),
	FIELD(IQA, DW, "descriptors of 256 bits"),
	KIND(IQA, BASE, "queue", ADDRESS),
};
static const struct vtd_field_info ics[] = {
	FIELD(ICS, IWC, "an invalidation wait has completed"),
};
static const struct vtd_field_info iqercd[] = {
	NAMED(IQERCD, IQEI, "queue error", queue_errors),
	KIND(IQERCD, ITESID, "source-id of the time-out", SOURCE_ID),
	KIND(IQERCD, ICESID, "source-id of the bad completion", SOURCE_ID),
};
static const struct vtd_field_info irta[] = {
	FIELD(IRTA, S, "size, 2^(n+1) entries"),
	FIELD(IRTA, EIME, "extended interrupt mode"),
	KIND(IRTA, BASE, "interrupt remapping table", ADDRESS),
};
static const struct vtd_field_info pq_pointer[] = {
	{ .name = "P", .mask = VTD_PQ_POINTER, .text = "place, 32 bytes" },
};
static const struct vtd_field_info pqa[] = {
	FIELD(PQA, PQS, "size, 2^n pages"),
	KIND(PQA, BASE, "queue", ADDRESS),
};
static const struct vtd_field_info prs[] = {
	FIELD(PRS, PPR, "a page request is pending"),
	FIELD(PRS, PRO, "page requests were lost"),
};
static const struct vtd_field_info iva[] = {
	FIELD(IVA, AM, "address mask"),
	FIELD(IVA, IH, "leaf entries only"),
	KIND(IVA, ADDR, "address", ADDRESS),
};
static const struct vtd_field_info iotlb[] = {
	FIELD(IOTLB, DID, "domain-id"),
	FIELD(IOTLB, DW, "drain writes"),
	FIELD(IOTLB, DR, "drain reads"),
	NAMED(IOTLB, IAIG, "granularity done", granularities),
	NAMED(IOTLB, IIRG, "granularity asked for", granularities),
	FIELD(IOTLB, IVT, "under way"),
};
static const struct vtd_field_info frcd_low[] = {
	KIND(FRCD_LO, FI, "address; of an interrupt: its index, from bit 48 on", ADDRESS),
};
static const struct vtd_field_info frcd_high[] = {
	KIND(FRCD_HI, SID, "source-id", SOURCE_ID),
	FIELD(FRCD_HI, T2, "type, second bit"),
	FIELD(FRCD_HI, PRIV, "privileged"),
	FIELD(FRCD_HI, EXE, "execute"),
	FIELD(FRCD_HI, PP, "with PASID"),
	KIND(FRCD_HI, FR, "fault reason", REASON),
	FIELD(FRCD_HI, PV, "PASID"),
	NAMED(FRCD_HI, AT, "address type", address_types),
	FIELD(FRCD_HI, T1, "type, first bit: a read"),
	FIELD(FRCD_HI, F, "fault"),
};

#define REGISTER(id, bytes, words, table)                     \
	{ .name = #id, .offset = VTD_REG_##id, .size = bytes, \
	  .text = words, .field = table, .fields = COUNT(table) }
/* A register that is one number. */
#define NUMBER(id, bytes, words) \
	{ .name = #id, .offset = VTD_REG_##id, .size = bytes, .text = words }

const struct vtd_register_info vtd_register_infos[] = {
	REGISTER(VER, 4, "version", ver),
	REGISTER(CAP, 8, "capabilities", cap),
	REGISTER(ECAP, 8, "extended capabilities", ecap),
	REGISTER(GCMD, 4, "global command", gcmd),
	REGISTER(GSTS, 4, "global status", gsts),
	REGISTER(RTADDR, 8, "root table address", rtaddr),
	REGISTER(CCMD, 8, "context command", ccmd),
	REGISTER(FSTS, 4, "fault status", fsts),
	REGISTER(FECTL, 4, "fault event control", event_control),
	NUMBER(FEDATA, 4, "fault event data"),
	NUMBER(FEADDR, 4, "fault event address"),
	NUMBER(FEUADDR, 4, "fault event upper address"),
	REGISTER(PMEN, 4, "protected memory enable", pmen),
	NUMBER(PLMBASE, 4, "protected low memory base"),
	NUMBER(PLMLIMIT, 4, "protected low memory limit"),
	NUMBER(PHMBASE, 8, "protected high memory base"),
	NUMBER(PHMLIMIT, 8, "protected high memory limit"),
	REGISTER(IQH, 8, "invalidation queue head", iqh),
	REGISTER(IQT, 8, "invalidation queue tail", iqt),
	REGISTER(IQA, 8, "invalidation queue address", iqa),
	REGISTER(ICS, 4, "invalidation completion status", ics),
	REGISTER(IECTL, 4, "invalidation event control", event_control),
	NUMBER(IEDATA, 4, "invalidation event data"),
	NUMBER(IEADDR, 4, "invalidation event address"),
	NUMBER(IEUADDR, 4, "invalidation event upper address"),
	REGISTER(IQERCD, 8, "invalidation queue error record", iqercd),
	REGISTER(IRTA, 8, "interrupt remapping table address", irta),
	REGISTER(PQH, 8, "page request queue head", pq_pointer),
	REGISTER(PQT, 8, "page request queue tail", pq_pointer),
	REGISTER(PQA, 8, "page request queue address", pqa),
	REGISTER(PRS, 4, "page request status", prs),
	REGISTER(PECTL, 4, "page request event control", event_control),
	NUMBER(PEDATA, 4, "page request event data"),
	NUMBER(PEADDR, 4, "page request event address"),
	NUMBER(PEUADDR, 4, "page request event upper address"),
	REGISTER(IVA, 8, "invalidate address", iva),
	REGISTER(IOTLB, 8, "IOTLB invalidate", iotlb),
	{ .name = "FRCD.low", .offset = VTD_REG_FRCD, .size = 8,
	  .text = "fault record, address",
	  .field = frcd_low, .fields = COUNT(frcd_low) },
	{ .name = "FRCD.high", .offset = VTD_REG_FRCD + 8, .size = 8,
	  .text = "fault record",
	  .field = frcd_high, .fields = COUNT(frcd_high) },
};
/* clang-format on */

const size_t vtd_register_infos_count = COUNT(vtd_register_infos);
