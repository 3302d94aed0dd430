//! What CH-2 means over Diameter.
//!
//! The change request speaks of `SessionRequest (start | interim | stop)` and `Response`; the wire
//! carries Credit-Control-Request and -Answer. How the one maps to the other could not be confirmed
//! from any text that was at hand, so it is data: a [`Binding`] that a vendor can change in
//! `sut.yaml` without a rebuild.
//!
//! The room holds the registries (requirements, readings, test purposes), the view of a CCR as a
//! [`SessionRequest`], the [`Ledger`] that knows what was sent, granted and reported, and the
//! always-on rules. It knows nothing of scenarios, traces or sockets.

mod binding;
mod defect;
mod fit;
mod ledger;
mod purpose;
mod reading;
mod request;
mod requirement;
mod response;
pub mod rules;
mod units;

pub use binding::{Binding, Unit, UnitsAt, ZeroUsage};
pub use defect::Defect;
pub use fit::{Asked, Fit};
pub use ledger::{Fate, Ledger, Quantity, Sum};
pub use purpose::{Omitted, PurposeGroup, TestPurpose, TestType, Why};
pub use reading::{Applies, Reading, ReadingGroup, ReadingId, UnknownReading};
pub use request::{Kind, SessionRequest, Subscription};
pub use requirement::{Requirement, Source, Status, Strength};
pub use response::Response;
pub use units::Placement;
