//! The reference IM server and its named faults.
