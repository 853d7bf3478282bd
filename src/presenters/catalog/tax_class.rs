//! Tax classes.

use crate::models::catalog::product::TaxClass;
use crate::support::i18n::Locale;
use crate::views::SelectOption;

pub fn tax_class_label(t: Locale, class: TaxClass) -> &'static str {
    match class {
        TaxClass::Standard => t.admin_tax_class_standard(),
        TaxClass::Reduced => t.admin_tax_class_reduced(),
        TaxClass::Zero => t.admin_tax_class_zero(),
    }
}

pub fn tax_class_options(t: Locale) -> Vec<SelectOption> {
    TaxClass::ALL.iter().map(|class| SelectOption::new(class.as_str(), tax_class_label(t, *class))).collect()
}
