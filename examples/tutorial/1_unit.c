/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A unit, its registers, and a request while translation is off.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/kit/host.h>
#include <vtd/spec/regs.h>

#define RAM_SIZE (UINT64_C(1) << 20)
#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */

int main(void)
{
	const struct vtd_request request = {
		.sid = DEVICE,
		.type = VTD_AT_UNTRANSLATED,
		.access = VTD_ACCESS_READ,
		.address = 0x7123,
	};
	struct vtd_translation result;
	struct vtd_kit_host host;
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	if (vtd_kit_host_init(&host, RAM_SIZE) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0)
		return 1;

	printf("domains: 2^%" PRIu64 "\n",
	       4 + 2 * vtd_field_get(vtd_unit_read(unit, VTD_REG_CAP, 8),
				     VTD_CAP_ND));
	vtd_unit_translate(unit, &request, &result);
	printf("%#" PRIx64 " is %#" PRIx64 "\n", request.address,
	       result.address);

	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
