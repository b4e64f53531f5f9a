/* Functions for the processor that runs them. */

#ifndef PROCESSORS_H
#define PROCESSORS_H

#include <stdint.h> /* Says whether the C library is GNU's, whose loader chooses. */

/* One library for every x86-64 processor: each function is compiled twice, and the loader takes the version with AVX2 and FMA
   where the processor has them. Other processors have one version, of what the compiler may use there anyway. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12
#define FOR_EVERY_PROCESSOR __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define FOR_EVERY_PROCESSOR
#endif

#endif
