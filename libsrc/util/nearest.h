/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": finds the known word that a mistyped one resembles.
 */
#ifndef UTIL_NEAREST_H
#define UTIL_NEAREST_H

/* The name that `word` resembles most, ignoring case: the only name that begins
 * with the word, else the name with the fewest inserted, missing, wrong or
 * swapped characters. At most one such error is accepted in words of up to
 * three characters and two in longer ones. NULL: no name resembles the word.
 * `names` ends with NULL. */
const char *nearest_word(const char *word, const char *const *names);

/* Write " (did you mean NAME?)" to `hint`, or "" if no name resembles the word.
 * The names of options are listed without dashes: for the word "--nam=value"
 * and the name "name" the hint contains "--name". Returns `hint`. */
#define NEAREST_HINT 64
const char *nearest_hint(
    char hint[NEAREST_HINT], const char *word, const char *const *names);

#endif
