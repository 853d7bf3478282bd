//! Work on the whole database: set-up, the audit, the retention of old rows, erasures of customers, a change of currency,
//! a rotation of the secret key.

pub mod audit;
pub mod currency_change;
pub mod erasure;
pub mod key_rotation;
pub mod personal_data;
pub mod retention;
pub mod site;
