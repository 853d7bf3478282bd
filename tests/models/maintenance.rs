//! The audit, the rotation of the secret key, and the retention of old rows.

mod audit;
mod key_rotation;
mod retention;
