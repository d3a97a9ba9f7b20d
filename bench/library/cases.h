/* SPDX-License-Identifier: BSD-3-Clause */
/* The cases, by subject.  Each function sets up what is asked for and measures it. */
#ifndef VTD_BENCH_CASES_H
#define VTD_BENCH_CASES_H

void bench_translate_cases(void);
void bench_nested_cases(void);
void bench_pasid_cases(void);
void bench_atc_cases(void);
void bench_atc_invalidation_cases(void);
void bench_queue_cases(void);
void bench_message_cases(void); /* page requests, interrupts */
void bench_thread_cases(void);

#endif /* VTD_BENCH_CASES_H */
