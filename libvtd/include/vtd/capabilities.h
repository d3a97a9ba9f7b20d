/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Configurations from the capability registers of units, and the way back.
 * Any thread, at any time.
 */
#ifndef VTD_CAPABILITIES_H
#define VTD_CAPABILITIES_H

#include <vtd/registers.h>
#include <vtd/vtd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** CAP and ECAP of a unit with this configuration.  Returns 0; -EINVAL:
 * vtd_config_check() objects, and nothing is written. */
int vtd_config_capabilities(const struct vtd_config *config, uint64_t *cap,
			    uint64_t *ecap);

/** A field in which a unit of this library cannot be like another one. */
struct vtd_capability_difference {
	const struct vtd_register_info *reg; /**< CAP or ECAP */
	/** NULL: bits that SPEC reserves; both values are then in place. */
	const struct vtd_field_info *field;
	uint64_t asked;
	uint64_t modelled;
	uint64_t reserved[2];
};

/**
 * The configuration that comes nearest to a unit that has these CAP and ECAP,
 * any values at all.  Fill *config in with vtd_config_init() first: what CAP and
 * ECAP do not tell stays (host_address_width, which is lowered to the guest's,
 * fault_compression, device_tlb_timeout...).  vtd_config_check() has nothing to
 * object to the result.
 *
 * Returns how many fields differ, and writes the first `size` of them to
 * `differ` (which may be NULL with size 0).  0: vtd_config_capabilities() gives
 * these values back.  -EINVAL: config->size is not set, or a member is set that
 * this library does not know.
 */
int vtd_config_from_capabilities(uint64_t cap, uint64_t ecap,
				 struct vtd_config *config,
				 struct vtd_capability_difference *differ,
				 size_t size);

/**
 * The configuration that a unit needs for vtd_unit_load() of this state, with
 * defaults for what a state does not tell.  Returns 0, or -EINVAL with *reason
 * (a constant string; reason may be NULL) if there is none.  That the rest of
 * the state is good is for vtd_unit_load() to say.
 */
int vtd_state_config(const void *blob, size_t size, struct vtd_config *config,
		     const char **reason);

/**
 * A register as a saved state has it, by its offset; of RTADDR and IRTA what is
 * in force.  Returns 0; -EINVAL: this is no state, or it is cut short before the
 * register; -ENOENT: the unit has no such register.
 */
int vtd_state_register(const void *blob, size_t size, uint32_t offset,
		       uint64_t *value);

#ifdef __cplusplus
}
#endif

#endif /* VTD_CAPABILITIES_H */
