/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the sanitizers behave in the fuzz targets, unless ASAN_OPTIONS says more.
 * What is freed is kept back for some hundreds of inputs and not for thousands, so
 * that it stays in the processor's caches: the default of 256 MiB was most of the
 * time of an input.
 */

const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:thread_local_quarantine_size_kb=64:"
	       "malloc_context_size=8:max_malloc_fill_size=0";
}
