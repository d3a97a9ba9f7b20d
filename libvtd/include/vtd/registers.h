/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Registers and their fields as data, for programs that show them: names,
 * places, masks, a few words each.  SPEC chapter 11; what is modelled here and
 * what is not.  All of it is constant, so every function may be called from any
 * thread, at any time.
 */
#ifndef VTD_REGISTERS_H
#define VTD_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the value of a field is. */
enum vtd_field_kind {
	VTD_FIELD_NUMBER,    /**< or a switch, if it has one bit */
	VTD_FIELD_ADDRESS,   /**< of 4 KiB, where it stands in the word */
	VTD_FIELD_SOURCE_ID, /**< bus:8 device:5 function:3 */
	VTD_FIELD_REASON,    /**< a fault reason code (vtd/fault.h) */
};

/** One field of a word, by the mask that vtd/spec/field.h reads it with. */
struct vtd_field_info {
	const char *name; /**< the specification's, "SAGAW" */
	uint64_t mask;
	const char *text; /**< a few words */
	enum vtd_field_kind kind;
	/** What its values are called, `values` of them from 0; NULL: they have
	 * no names.  An element that is NULL is reserved. */
	const char *const *value;
	size_t values;
	uint64_t reserved[2];
};

struct vtd_register_info {
	/** "CAP"; the halves of a record are "FRCD.low", "FRCD.high" */
	const char *name;
	const char *text;
	/** bytes; of FRCD, IVA and IOTLB: in a unit of libvtd */
	uint32_t offset;
	uint32_t size; /**< 4 or 8 bytes */
	const struct vtd_field_info *field;
	size_t fields;
	uint64_t reserved[2];
};

/** The registers in the order of their offsets; NULL behind the last one. */
const struct vtd_register_info *vtd_register_info(size_t index);

/** The register of this name, letters of either case; NULL: there is none. */
const struct vtd_register_info *vtd_register_by_name(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* VTD_REGISTERS_H */
