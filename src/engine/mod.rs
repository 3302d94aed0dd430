//! The trace and its judge. Pure: the same trace gives the same verdict.
