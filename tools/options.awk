# SPDX-License-Identifier: Apache-2.0
# Makes of a file of commands and options (evtxstage.options, evtxload.options)
# what depends on it:
#
#   awk -v form=ids    the enumerations of the C header
#   awk -v form=table  the C table with the texts of --help
#   awk -v form=bash   the completion for bash
#   awk -v form=man    the manual page, from the template that follows
#
# The file has stanzas of "Field: value" lines, separated by empty lines. Lines
# that begin with a blank continue a field; lines that begin with # are skipped.
#
#   Program   its name. Prefix: of its environment variables.
#     Shared    yes: a command ignores the options of other commands, so that the
#               same ones can be given to all; it rejects only those with Only
#   Command   a command; the first one is the default.
#     Usage, Summary (one line), Text, Status, Example
#   Group     a heading for the options that follow. Text: a sentence about it.
#   Option    the long name.
#     Letter    the short name
#     Value     the name of the value in texts; an option without one is a flag
#     Type      text (default), list (may be repeated), word (one of Word),
#               number MIN MAX [SCALE], size, bytes, time, file, folder
#     Complete  file: what the shell completes, where Type does not say it
#     Word      a possible value; "word = explanation". May be repeated
#     Default   the value that the program uses; Default-text: words about it
#     Variable  the environment variable; none; by default Prefix_NAME
#     Key       the name in the configuration file
#     Manifest  given: recorded in the manifest if it is given; always: also
#               the default; own: recorded by code of its own
#     Commands  those that use it, or all. Only: those that use it; the manual
#               names them
#     Overview  yes: also in the help of the program
#     Help      a line for --help; Help-COMMAND, Value-COMMAND: for one command
#     Manual    a paragraph for the manual page, in man(7)
#   Setting   an environment variable or configuration key without an option

FNR == 1 { file++ }
file == 2 { template(); next }
/^#/ { next }
/^$/ { field = ""; next }
/^ / { at[n, field] = at[n, field] (at[n, field] == "" ? "" : "\n") substr($0, 2); next }
/^(Program|Command|Group|Option|Setting):/ {
	kind[++n] = substr($1, 1, length($1) - 1)
	names[n] = substr($0, length($1) + 2)
	field = "Text"
	if (kind[n] == "Command") { commands[++n_commands] = n; number[names[n]] = n }
	next
}
/^[A-Z][a-z-]*: / || /^[A-Z][a-z-]*:$/ {
	field = substr($1, 1, length($1) - 1)
	value = substr($0, length($1) + 2)
	if (field == "Word" && (n, field) in at) value = at[n, field] "\n" value
	at[n, field] = value
	next
}
{ print FILENAME ":" FNR ": not a field: " $0 >"/dev/stderr"; failed = 1; exit }

END {
	if (failed) exit 1
	program = names[1]
	if (form == "ids") ids()
	if (form == "table") table()
	if (form == "bash") bash()
}

function identifier(prefix, text) { gsub(/-/, "_", text); return prefix toupper(text) }
function underscores(text) { gsub(/-/, "_", text); return text }
function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
function is_option(i) { return kind[i] == "Option" }
function is_row(i) { return kind[i] == "Option" || kind[i] == "Setting" }
function word_of(text) { sub(/ = .*/, "", text); return text }
function variable(i) {
	if (at[i, "Variable"] == "none") return ""
	if (at[i, "Variable"] != "") return at[i, "Variable"]
	return is_option(i) ? identifier(at[1, "Prefix"] "_", names[i]) : ""
}

# True if the command uses the option.
function uses(i, command) {
	return at[i, "Commands"] == "all" || \
	    index(" " at[i, "Commands"] " " at[i, "Only"] " ", " " command " ")
}

# The commands that accept the option, as a C set of bits.
function accepted(i, c, out) {
	if (kind[i] == "Setting" || at[i, "Commands"] == "all" || \
	    (at[1, "Shared"] == "yes" && at[i, "Only"] == "")) return "~0U"
	for (c = 1; c <= n_commands; c++)
		if (uses(i, names[commands[c]]))
			out = out (out == "" ? "" : " | ") "1U << " identifier("COMMAND_", names[commands[c]])
	return out
}

# --- C ------------------------------------------------------------------------

function ids(i) {
	print "/* SPDX-License-Identifier: Apache-2.0 */"
	print "/* Made of " program ".options by options.awk. */"
	print "enum option_id {"
	for (i = 1; i <= n; i++) if (is_row(i)) print "\t" identifier("OPT_", names[i]) ","
	print "\tOPTION_COUNT\n};\n\nenum command_id {"
	for (i = 1; i <= n_commands; i++) print "\t" identifier("COMMAND_", names[commands[i]]) ","
	print "};"
}

function type_of(i, t) {
	split(at[i, "Type"], t, " ")
	if (kind[i] == "Option" && at[i, "Value"] == "") return "FLAG"
	if (t[1] ~ /^(list|word|number|bytes|time)$/) return toupper(t[1])
	return "TEXT"
}

function table(i, j, t, w, k, row) {
	print "/* SPDX-License-Identifier: Apache-2.0 */"
	print "/* Made of " program ".options by options.awk. */"
	for (i = 1; i <= n; i++) {
		if (type_of(i) != "WORD") continue
		row = "static const char *const " underscores(names[i]) "_words[] = {"
		k = split(at[i, "Word"], w, "\n")
		for (j = 1; j <= k; j++) row = row " " quoted(word_of(w[j])) ","
		print row " NULL };"
	}
	print "static const struct option_row rows[OPTION_COUNT] = {"
	for (i = 1; i <= n; i++) {
		if (!is_row(i)) continue
		row = "\t[" identifier("OPT_", names[i]) "] = { .name = " quoted(names[i]) \
		    ", .type = OPTION_" type_of(i)
		if (kind[i] == "Setting") row = row ", .hidden = true"
		if (at[i, "Letter"] != "") row = row ", .letter = '" at[i, "Letter"] "'"
		if (variable(i) != "") row = row ", .variable = " quoted(variable(i))
		if (at[i, "Key"] != "") row = row ", .key = " quoted(at[i, "Key"])
		if (at[i, "Default"] != "") row = row ", .initial = " quoted(at[i, "Default"])
		if (type_of(i) == "WORD") row = row ", .words = " underscores(names[i]) "_words"
		if (split(at[i, "Type"], t, " ") > 2)
			row = row ", .min = " t[2] ", .max = " t[3] ", .scale = " (t[4] == "" ? 1 : t[4])
		row = row ", .commands = " accepted(i)
		if (at[i, "Manifest"] ~ /given|always/) row = row ", .manifest = " quoted(underscores(names[i]))
		if (at[i, "Manifest"] == "always") row = row ", .manifest_always = true"
		print row " },"
	}
	print "};"
	overview()
	for (i = 1; i <= n_commands; i++) command_help(commands[i])
	print "static const struct option_command commands[] = {"
	for (i = 1; i <= n_commands; i++)
		print "\t{ " quoted(names[commands[i]]) ", help_" underscores(names[commands[i]]) " },"
	print "};"
}

# --- the texts of --help ------------------------------------------------------

function line(text) { print "\t" quoted(text) "," }

# Text behind a head, wrapped at 79 columns and indented.
function wrapped(head, indent, text, w, k, i, out) {
	k = split(text, w, /[ \n]/)
	out = head
	for (i = 1; i <= k; i++) {
		if (length(out) + length(w[i]) >= 79) { line(out); out = sprintf("%" indent "s", "") }
		out = out (length(out) > indent ? " " : "") w[i]
	}
	line(out)
}

function paragraph(text) { wrapped("", 0, text) }

# An option and its text, in two columns.
function labelled(head, text) {
	if (length(head) > 24) { line(head); head = "" }
	wrapped(sprintf("%-25s", head), 25, text)
}

function label(i, command, value) {
	value = (i, "Value-" command) in at ? at[i, "Value-" command] : at[i, "Value"]
	return (at[i, "Letter"] != "" ? "  -" at[i, "Letter"] ", --" : "      --") names[i] \
	    (value != "" ? " " value : "")
}

# The possible values, with or without their explanations.
function values(i, explained, w, k, j, e, out) {
	k = split(at[i, "Word"], w, "\n")
	for (j = 1; j <= k; j++) {
		e = w[j]
		if (!explained) e = word_of(e)
		else if (sub(/ = /, " (", e)) e = e ")"
		out = out (out == "" ? "" : ", ") e
	}
	return out
}

function default_of(i) { return (i, "Default-text") in at ? at[i, "Default-text"] : at[i, "Default"] }

function help_text(i, command, out) {
	if ((i, "Help-" command) in at) return at[i, "Help-" command]
	out = at[i, "Help"]
	if (at[i, "Word"] != "") out = out " " values(i, command != "")
	if (command != "" && default_of(i) != "") out = out " (default: " default_of(i) ")"
	return out
}

function usage(text, t, k, i) {
	k = split(text, t, "\n")
	for (i = 1; i <= k; i++) line((i == 1 ? "Usage: " : "       ") t[i])
}

function overview(i) {
	print "static const char *const help_program[] = {"
	usage(at[1, "Usage"])
	paragraph(at[1, "Text"])
	line("")
	for (i = 1; i <= n_commands; i++)
		line(sprintf("  %-13s%s", names[commands[i]], at[commands[i], "Summary"]))
	line("")
	for (i = 1; i <= n; i++)
		if (at[i, "Overview"] == "yes") labelled(label(i, ""), help_text(i, ""))
	paragraph(at[1, "Status"])
	line("Options of a command: " program " help COMMAND. Manual: man " program)
	line("Example: " at[1, "Example"])
	print "\tNULL\n};"
}

function command_help(c, i, group, last, many, name) {
	name = names[c]
	print "static const char *const help_" underscores(name) "[] = {"
	usage(at[c, "Usage"])
	paragraph(at[c, "Text"])
	for (i = 1; i <= n; i++) many += is_option(i) && uses(i, name)
	for (i = 1; i <= n; i++) {
		if (kind[i] == "Group") group = i
		if (!is_option(i) || !uses(i, name)) continue
		if (many > 12 && group != last)
			paragraph(names[group] ":" (at[group, "Text"] == "" ? "" : " " at[group, "Text"]))
		last = group
		labelled(label(i, name), help_text(i, name))
	}
	if (at[c, "Status"] != "") paragraph(at[c, "Status"])
	line("Example: " at[c, "Example"])
	print "\tNULL\n};"
}

# --- bash ---------------------------------------------------------------------

# The spellings of an option, as alternatives of a case.
function spellings(i) { return (at[i, "Letter"] != "" ? "-" at[i, "Letter"] " | " : "") "--" names[i] }

function bash(i, c, name, what, flags) {
	name = "_" program
	print "# bash completion for " program "; made of " program ".options.\n" name "()\n{"
	print "\tlocal current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}"
	print "\tlocal command=" names[commands[1]] " options='' word"
	print "\tif [[ $current == '=' ]]; then current=''; fi"
	print "\tif [[ $before == '=' ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi"
	print "\tcase $before in"
	for (i = 1; i <= n; i++) {
		if (!is_option(i) || at[i, "Value"] == "") continue
		what = at[i, "Word"] == "" ? "" : "-W '" values(i, 0) "'"
		gsub(/,/, "", what)
		if (at[i, "Type"] == "file" || at[i, "Complete"] == "file") what = what " -f"
		if (at[i, "Type"] == "folder") what = what " -d"
		if (what == "")
			print "\t" spellings(i) ")\n\t\treturn ;;"
		else
			print "\t" spellings(i) ")\n\t\tmapfile -t COMPREPLY < <(compgen " what \
			    " -- \"$current\")\n\t\treturn ;;"
	}
	print "\tesac\n\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n\t\tcase $word in"
	for (i = 1; i <= n_commands; i++)
		what = (i == 1 ? "" : what " | ") names[commands[i]]
	print "\t\t" what ")\n\t\t\tcommand=$word\n\t\t\tbreak ;;\n\t\tesac\n\tdone"
	print "\tif [[ $current == -* ]]; then\n\t\tcase $command in"
	for (c = 1; c <= n_commands; c++) {
		flags = ""
		for (i = 1; i <= n; i++)
			if (is_option(i) && uses(i, names[commands[c]])) flags = flags " --" names[i]
		print "\t\t" names[commands[c]] ") options='" substr(flags, 2) "' ;;"
	}
	print "\t\tesac\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n\t\treturn\n\tfi"
	gsub(/\| /, "", what)
	print "\tif ((COMP_CWORD == 1)); then options='" what " help'; fi"
	print "\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -f -- \"$current\")\n}"
	print "complete -o filenames -F " name " " program
}

# --- the manual page ----------------------------------------------------------

function roff(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); return text }

# A synopsis: capitals are values, brackets stay, all else is typed as it is.
function synopsis(text, w, k, i, c, out, run, style) {
	k = split(text, w, " ")
	for (i = 1; i <= k; i++) {
		out = out (i == 1 ? "" : " ")
		if (w[i] ~ /[A-Z]/ && w[i] !~ /-/) style = "\\fI"
		else style = w[i] == "[options]" ? "" : "\\fB"
		run = w[i]
		while (match(run, /^(\[|\])/)) { out = out substr(run, 1, 1); run = substr(run, 2) }
		c = match(run, /(\]|\.\.\.)+$/) ? substr(run, RSTART) : ""
		if (c != "") run = substr(run, 1, RSTART - 1)
		out = out (style == "" ? roff(run) : style roff(run) "\\fR") c
	}
	return out
}

function sentence(text) { return toupper(substr(text, 1, 1)) roff(substr(text, 2)) "." }

function example(text) { print ".PP\n.RS\n.nf\n.B " roff(text) "\n.fi\n.RE" }

function man_commands(i, c) {
	for (i = 1; i <= n_commands; i++) {
		c = commands[i]
		print ".SS " roff(names[c])
		print roff(at[c, "Text"])
		if (at[c, "Status"] != "") print roff(at[c, "Status"])
		example(at[c, "Example"])
	}
}

# The possible values and the default, as a sentence behind the first paragraph.
function man_values(i, out) {
	if (at[i, "Word"] != "") out = "Values: " roff(values(i, 1)) "."
	if (default_of(i) != "") out = out (out == "" ? "" : "\n") "Default: " roff(default_of(i)) "."
	return out
}

function man_only(commands, w, k, j, out) {
	k = split(commands, w, " ")
	for (j = 1; j <= k; j++) out = out (j == 1 ? "" : j == k ? " and " : ", ") w[j]
	return "Only for the command" (k > 1 ? "s " : " ") roff(out) "."
}

function man_option(i, t, k, j, more) {
	print ".TP"
	print ".BR " (at[i, "Letter"] == "" ? "" : "\\-" at[i, "Letter"] " \", \" ") "\\-\\-" roff(names[i]) \
	    (at[i, "Value"] == "" ? "" : " \" \" \\fI" roff(at[i, "Value"]) "\\fR")
	more = man_values(i)
	k = split(at[i, "Manual"], t, "\n")
	for (j = 1; j <= k; j++) {
		if (more != "" && t[j] ~ /^\.(IP|RS)/) { print more; more = "" }
		print t[j]
	}
	if (more != "") print more
	if (at[i, "Only"] != "") print man_only(at[i, "Only"])
}

function man_options(i) {
	for (i = 1; i <= n; i++) {
		if (kind[i] == "Group") {
			print ".SS \"" names[i] "\""
			if (at[i, "Text"] != "") print sentence(at[i, "Text"])
		} else if (is_option(i)) {
			man_option(i)
		}
	}
}

function man_settings(i) {
	for (i = 1; i <= n; i++) {
		if (kind[i] != "Setting") continue
		print ".TP\n.BR " variable(i) \
		    (variable(i) != "" && at[i, "Key"] != "" ? " \", \" " : "") at[i, "Key"]
		print sentence(at[i, "Help"])
	}
}

# The names of options with a configuration key, or without a variable.
function man_names(keys, i, out) {
	for (i = 1; i <= n; i++) {
		if (!is_option(i) || (keys ? at[i, "Key"] == "" : variable(i) != "")) continue
		out = out (out == "" ? "" : ", ") "\\fB" (keys ? at[i, "Key"] : "\\-\\-" roff(names[i])) "\\fR"
	}
	print out "."
}

function man_synopsis(i, c, t, k, j, first) {
	first = 1
	for (i = 1; i <= n_commands; i++) {
		k = split(at[commands[i], "Usage"], t, "\n")
		for (j = 1; j <= k; j++) {
			if (!first) print ".br"
			first = 0
			print synopsis(t[j])
		}
	}
}

function template() {
	if ($0 == ".\\\" @SYNOPSIS@") man_synopsis()
	else if ($0 == ".\\\" @COMMANDS@") man_commands()
	else if ($0 == ".\\\" @OPTIONS@") man_options()
	else if ($0 == ".\\\" @SETTINGS@") man_settings()
	else if ($0 == ".\\\" @KEYS@") man_names(1)
	else if ($0 == ".\\\" @WITHOUT-VARIABLE@") man_names(0)
	else print
}
