/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests out of the values of their records. */
#ifndef VTD_REPLAY_REQUESTS_H
#define VTD_REPLAY_REQUESTS_H

#include <vtd/record.h>

static inline bool has_flag(uint64_t flags, unsigned int bit)
{
	return (flags >> bit & 1) != 0;
}

/* Of VTD_RECORD_TRANSLATE and those like it: 7 values. */
static inline struct vtd_request request_of(const uint64_t *v)
{
	return (struct vtd_request){
		.sid = (uint16_t)v[0],
		.type = (enum vtd_address_type)v[1],
		.access = (enum vtd_access)v[2],
		.pasid_present = has_flag(v[3], 0),
		.privileged = has_flag(v[3], 1),
		.execute = has_flag(v[3], 2),
		.no_write = has_flag(v[3], 3),
		.pasid = (uint32_t)v[4],
		.address = v[5],
		.length = (uint32_t)v[6],
	};
}

/* Of VTD_RECORD_INTERRUPT and its probe: 4 values. */
static inline struct vtd_interrupt_request
interrupt_request_of(const uint64_t *v)
{
	return (struct vtd_interrupt_request){
		.sid = (uint16_t)v[0],
		.sid_unknown = has_flag(v[1], 0),
		.address = v[2],
		.data = (uint32_t)v[3],
	};
}

/* Of VTD_RECORD_PAGE_REQUEST: 5 values. */
static inline struct vtd_page_request page_request_of(const uint64_t *v)
{
	return (struct vtd_page_request){
		.sid = (uint16_t)v[0],
		.pasid_present = has_flag(v[1], 0),
		.privileged = has_flag(v[1], 1),
		.execute = has_flag(v[1], 2),
		.read = has_flag(v[1], 3),
		.write = has_flag(v[1], 4),
		.last = has_flag(v[1], 5),
		.no_response = has_flag(v[1], 6),
		.pasid = (uint32_t)v[2],
		.prgi = (uint16_t)v[3],
		.address = v[4],
	};
}

#endif /* VTD_REPLAY_REQUESTS_H */
