/* Straight lines through points, as numpy.interp has them. */

#ifndef INTERPOLATION_H
#define INTERPOLATION_H

/* The line of rising places that a place is on: `guess` or a neighbour of it, as far as the search has to walk. */
static inline int line_at(double at, const double *x, int count, int guess) {
  while (guess < count - 2 && at >= x[guess + 1]) guess++;
  while (guess > 0 && at < x[guess]) guess--;
  return guess;
}

/* The straight lines through the points, level beyond them. The search for the line begins at a guess. */
static inline double interpolate(double at, const double *x, const double *y, int count, int *guess) {
  if (at < x[0]) return y[0];
  if (at >= x[count - 1]) return y[count - 1];
  int j = *guess = line_at(at, x, count, *guess);
  return (y[j + 1] - y[j]) / (x[j + 1] - x[j]) * (at - x[j]) + y[j];
}

#endif
