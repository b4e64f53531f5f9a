/* Functions that leave the library are marked; all others stay in it. */

#ifndef EXPORT_H
#define EXPORT_H

#if defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

#endif
