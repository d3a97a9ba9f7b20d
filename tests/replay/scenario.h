/* SPDX-License-Identifier: BSD-3-Clause */
/* What a unit does when a small recording is made: something of every path. */
#ifndef VTD_TESTS_SCENARIO_H
#define VTD_TESTS_SCENARIO_H

#include "control.h"
#include "recorded.h"

/* The unit of the fixture, which has none yet, is recorded from its creation to
 * its end; free the recording by recorded_free(). */
struct recorded *scenario_record(struct fixture *fixture);

#endif /* VTD_TESTS_SCENARIO_H */
