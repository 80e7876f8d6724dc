/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channels whose events the connector collects into SecurityEvent: Security
 * and those of AppLocker. Only their events were seen in its rows, and only
 * there an event id has one meaning.
 */
#ifndef SCHEMA_CONNECTOR_CHANNEL_H
#define SCHEMA_CONNECTOR_CHANNEL_H

#include "event/value.h"

/* False for NULL: the record has no channel. */
bool connector_channel_is(const struct value *channel);

#endif
