/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channels whose events the connector collects into SecurityEvent: Security
 * and those of AppLocker. Only events of these channels were seen in its rows,
 * and only within them an event id has one meaning.
 */
#ifndef SCHEMA_CONNECTOR_CHANNEL_H
#define SCHEMA_CONNECTOR_CHANNEL_H

#include "event/value.h"

/* True if the channel is one of these; false for NULL, a record without a
 * channel. */
bool connector_channel_is(const struct value *channel);

#endif
