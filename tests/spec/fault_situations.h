/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be wrong: each breaks one thing of a scene that works. */
#ifndef VTD_TESTS_FAULT_SITUATIONS_H
#define VTD_TESTS_FAULT_SITUATIONS_H

#include "fault_scene.h"

#define CONDITION(name, code, qualified, u0, up, t0, tp, x0, xp, pr, pn, base, \
		  situation)                                                   \
	void situation(struct scene *scene);
#define NOT_HERE(name, why)
#include "fault_conditions.def"
#undef CONDITION
#undef NOT_HERE

#endif /* VTD_TESTS_FAULT_SITUATIONS_H */
