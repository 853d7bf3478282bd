//! Whether a product is on sale.

use crate::text_enum;

text_enum! {
    ProductStatus {
        /// Visible to staff only.
        Draft = "draft",
        Active = "active",
        Archived = "archived",
    }
}
