//! The dashboard, what needs attention, orders, returns, payment webhooks.

pub mod attention;
pub mod dashboards;
pub mod orders;
pub mod packing_slips;
pub mod returns;
pub mod webhooks;
