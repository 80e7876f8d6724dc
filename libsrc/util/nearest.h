/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": finds the known word that a mistyped one resembles.
 */
#ifndef UTIL_NEAREST_H
#define UTIL_NEAREST_H

/* The name that `word` resembles most, in any case: the only one that begins
 * with it, or the one with the fewest inserted, missing, wrong or swapped
 * characters, at most one in words of three characters and two in longer ones.
 * The list ends with NULL. NULL if no name is near enough. */
const char *nearest_word(const char *word, const char *const *names);

/* " (did you mean NAME?)" for messages, or "" if no name is near enough. Names
 * of options stand in the list without dashes; a word "--nam=value" gets
 * "--name". Returns `hint`. */
#define NEAREST_HINT 64
const char *nearest_hint(
    char hint[NEAREST_HINT], const char *word, const char *const *names);

#endif
