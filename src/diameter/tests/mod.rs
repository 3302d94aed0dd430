//! Tests that cross the files of the room.

mod credit;
mod decode;
mod dictionary;
mod faults;
mod framer;
mod grammar;
mod peer;
mod properties;
mod samples;
mod values;
