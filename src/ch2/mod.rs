//! What CH-2 means over Diameter: SessionRequest and Response, the ledger, the rules, the registries.
