/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "buf.h"
#include "chunk.h"
#include "odd.h"
#include "writer.h"

#define TIME "2024-02-29T23:59:58.1234567Z"

const struct odd odd_table[] = {
	{ "dirty", "dirty flag, and a header that counts half of the chunks",
	    .file = WRITER_DIRTY },
	{ "bad-header-crc", "wrong checksum in the file header",
	    .file = WRITER_BAD_CRC },
	{ "bad-chunk-crc", "wrong header checksum in the first chunk",
	    .chunk = CHUNK_BAD_CRC },
	{ "bad-records-crc", "wrong records checksum in the first chunk",
	    .chunk = CHUNK_BAD_RECORDS_CRC },
	{ "no-crc", "no-checksum flags 4 and 5, checksums 0 or wrong",
	    .file = WRITER_NO_CRC, .chunk = CHUNK_NO_CRC },
	{ "zero-header", "file header of 4096 zeros",
	    .file = WRITER_ZERO_HEADER },
	{ "version-3.2", "minor version 2 in the file header",
	    .file = WRITER_VERSION_2 },
	{ "wrapped", "the last chunk lies first, header first > last",
	    .file = WRITER_WRAPPED },
	{ "truncated",
	    "the file ends in the middle of the last chunk's records",
	    .file = WRITER_TRUNCATED },
	{ "ragged", "1000 zero bytes behind the last chunk",
	    .file = WRITER_RAGGED },
	{ "garbage", "64 KiB of garbage between first and second chunk",
	    .file = WRITER_GARBAGE },
	{ "garbage-unaligned", "12345 bytes of garbage there",
	    .file = WRITER_GARBAGE_ODD },
	{ "free-past", "free-space offset 65536 in the first chunk",
	    .chunk = CHUNK_FREE_PAST, .limit = PAGE_SIZE - 4096 },
	{ "bad-strings", "entries of the first chunk's name table point astray",
	    .chunk = CHUNK_BAD_STRINGS },
	{ "bad-magic", "second chunk begins with XlfChnk",
	    .chunk = CHUNK_BAD_MAGIC },
	{ "slack", "older whole records behind the used area of each chunk",
	    .chunk = CHUNK_SLACK, .limit = PAGE_SIZE - 12288 },
	{ "size-copy", "the copy of the record's size is 8 too large",
	    .lines = "odd size-copy\n" },
	{ "no-template", "elements stand directly in the fragment, all as text",
	    .lines = "odd no-template\n" },
	{ "raw-body", "body as nested elements without template",
	    .lines = "odd raw-body\n" },
	{ "two-fragments", "the body twice in one value",
	    .lines = "odd two-fragments\n" },
	{ "late-template", "body template used first, defined later",
	    .limit = 49152, .lines = "odd late-template\n" },
	{ "missing-template", "body template not in the chunk at all",
	    .limit = PAGE_SIZE - 128, .lines = "odd missing-template\n" },
	{ "no-system", "System without what it can lack",
	    .lines = "lack provider,version,keywords,execution,channel,"
		     "computer\n" },
	{ "cdata", "a value that is CDATA",
	    .lines = "OddCdata:markup = <![CDATA[x < y & z]]>\n"
		     "OddCdataEmpty:markup = <![CDATA[]]>\n" },
	{ "cdata-mixed", "CDATA between other text",
	    .lines = "OddCdataMixed:markup = before <![CDATA[<b>]]> after\n" },
	{ "entities", "references to the five known entities",
	    .lines = "OddEntity:markup = a &lt; b &amp; c &gt; &quot;d&quot; "
		     "&apos;e&apos; f\n" },
	{ "unknown-entity", "a reference to an entity nobody knows",
	    .lines = "OddUnknown:markup = a &unknown; b\n" },
	{ "charrefs", "character references",
	    .lines = "OddCharref:markup = caf&#233; &#x263a;\n" },
	{ "pi", "processing instruction tokens",
	    .lines = "OddPi:markup = before<?target some data?>after\n" },
	{ "nested", "BinXML values of plain elements, one with two fragments",
	    .lines = "OddNested:binxml = <Outer a=\"1\"><Inner>te&lt;xt</Inner>"
		     "<Empty/></Outer>\n"
		     "OddNestedTwice:binxml2 = <Part>p</Part>\n" },
	{ "repeat", "repeated element and Data names, unnamed Data",
	    .lines = "OddTwice:string = one\n"
		     "OddTwice:string = two\n"
		     ":string = first\n"
		     ":string =\n"
		     ":string = third\n"
		     "<Complex Name=\"c\">x</Complex>\n"
		     "<Complex Name=\"c\">y</Complex>\n" },
	{ "bools", "booleans that are neither 0 nor 1",
	    .lines = "OddBool255:bool = 255\n"
		     "OddBoolHigh:bool = 0x80000000\n" },
	{ "nulls", "null values of optional substitutions, with bytes too",
	    .lines = "OddNull:?null =\n"
		     "OddNullBytes:?null = 16\n" },
	{ "nulls-required", "null values of normal substitutions",
	    .lines = "OddRequired:null =\n"
		     "OddRequiredBytes:null = 8\n" },
	{ "strings", "control characters, markup, empty text, noncharacters",
	    .lines = "OddEmpty:string =\n"
		     "OddControls:string = a\\x01b\\tc\\x1fd\\x7fe\\x9ff\n"
		     "OddNotChar:string = \\uffff\\ufffe\\ufeff\n"
		     "OddXml:string = <a b=\"c\">&amp;</a>]]>\n"
		     "OddQuote:string = \"\\\\/\\x08\\x0c\\n\\r.\n"
		     "OddTerminated:stringz = text\n" },
	{ "non-bmp", "characters beyond the first plane",
	    .lines = "OddEmoji:string = \\ud83d\\ude00 \\ud834\\udd1e\n" },
	{ "surrogates", "lone surrogates",
	    .lines = "OddHigh:string = x\\ud83dy\n"
		     "OddLow:string = x\\ude00y\n"
		     "OddLastHigh:string = z\\ud83d\n" },
	{ "nuls", "NULs inside and behind text",
	    .lines = "OddNul:string = a\\0b\n"
		     "OddTrailingNuls:string = trail\\0\\0\\0\n" },
	{ "types", "every value type",
	    .lines = "OddString:string = text\n"
		     "OddAnsi:ansi = plain\n"
		     "OddInt8:int8 = -128\n"
		     "OddUint8:uint8 = 255\n"
		     "OddInt16:int16 = -32768\n"
		     "OddUint16:uint16 = 65535\n"
		     "OddInt32:int32 = -2147483648\n"
		     "OddUint32:uint32 = 4294967295\n"
		     "OddInt64:int64 = -9223372036854775808\n"
		     "OddUint64:uint64 = 18446744073709551615\n"
		     "OddFloat:float = 3.14\n"
		     "OddDouble:double = -2.5e-3\n"
		     "OddTrue:bool = true\n"
		     "OddFalse:bool = false\n"
		     "OddBinary:binary = 00 01 fe ff\n"
		     "OddGuid:guid = 01234567-89ab-cdef-0123-456789abcdef\n"
		     "OddSize4:size4 = 0x12345678\n"
		     "OddSize8:size8 = 0x123456789abcdef0\n"
		     "OddFiletime:filetime = " TIME "\n"
		     "OddFiletimeZero:filetime = 0\n"
		     "OddSystemtime:systemtime = 2024-02-29T23:59:58.123Z\n"
		     "OddSid:sid = S-1-5-21-1-2-4294967295-500\n"
		     "OddHex32:hex32 = 0xc000006d\n"
		     "OddHex64:hex64 = 0x8020000000000000\n"
		     "OddHexZero:hex32 = 0\n" },
	{ "ansi-high", "bytes beyond ASCII in ANSI text (windows-1252)",
	    .lines = "OddAnsiHigh:ansi = caf\\xe9 \\x80\n" },
	{ "never", "the FILETIME that stands for never",
	    .lines = "OddNever:filetime = 0x7fffffffffffffff\n" },
	{ "rare-types", "EvtHandle and EvtXml",
	    .lines = "OddHandle:handle = 0x1234\n"
		     "OddXmlValue:xml = <x>1</x>\n" },
	{ "arrays", "arrays of every type",
	    .lines = "OddStrings:string[] = a||c\n"
		     "OddAnsis:ansi[] = x|yz\n"
		     "OddInt8s:int8[] = -1|0|1\n"
		     "OddUint8s:uint8[] = 1|2|255\n"
		     "OddInt16s:int16[] = -1|300\n"
		     "OddUint16s:uint16[] = 1|65535\n"
		     "OddInt32s:int32[] = -1|70000\n"
		     "OddUint32s:uint32[] = 1|4294967295\n"
		     "OddInt64s:int64[] = -1|5000000000\n"
		     "OddUint64s:uint64[] = 1|18446744073709551615\n"
		     "OddFloats:float[] = 0.5|-1.25\n"
		     "OddDoubles:double[] = 0.1|1e10\n"
		     "OddBools:bool[] = true|false|true\n"
		     "OddGuids:guid[] = 01234567-89ab-cdef-0123-456789abcdef|"
		     "00000000-0000-0000-0000-000000000001\n"
		     "OddSizes:size8[] = 0x10|0xffffffffffffffff\n"
		     "OddFiletimes:filetime[] = " TIME "|" TIME "\n"
		     "OddSystemtimes:systemtime[] = 2024-02-29T23:59:58.123Z|"
		     "2000-01-01\n"
		     "OddSids:sid[] = S-1-5-18|S-1-5-21-1-2-3-500\n"
		     "OddHex32s:hex32[] = 0x1|0xff\n"
		     "OddHex64s:hex64[] = 0x1|0xffffffff00000000\n"
		     "OddBinaries:binary[] = 00 01 ff\n"
		     "OddHandles:handle[] = 0x1|0x2\n"
		     "OddXmls:xml[] = <a/>|<b/>\n"
		     "OddNulls:null[] =\n" },
	{ "string-arrays", "arrays of text with empty members",
	    .lines = "OddArray:string[] = a||c\n"
		     "OddOneString:string[] = alone\n"
		     ":string[] = first|\n" },
	{ .name = NULL },
};

const struct odd *
odd_find(const char *name, size_t n)
{
	for (const struct odd *o = odd_table; o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	buf_die(2, "unknown odd shape: %.*s (see --help)", (int)n, name);
}
