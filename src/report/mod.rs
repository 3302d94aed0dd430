//! One result model, shown on the terminal, as JSON and as JUnit.
