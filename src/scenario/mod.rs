//! The scenario language: sources, model, loader, diagnostics.
