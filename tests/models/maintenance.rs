//! The audit, erasures, the rotation of the secret key, and the retention of old rows.

mod audit;
mod erasure;
mod key_rotation;
mod retention;
