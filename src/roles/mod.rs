//! IM client, far end and charging enabler: flow steps to messages, messages to trace events.
