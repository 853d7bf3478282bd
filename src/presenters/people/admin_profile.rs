//! The profile of the signed-in staff member.

use crate::forms::Fields;
use crate::models::content::media::Media;
use crate::models::people::account::staff_profile::StaffProfile;
use crate::presenters::platform::admin_setting::{language_options, time_zone_options};
use crate::support::i18n::Locale;
use crate::views::SelectOption;
use crate::views::admin::people::profiles::Edit;

/// `pictures` are those to choose from.
pub fn present_profile(form: Fields, email: String, pictures: &[Media], t: Locale) -> Edit {
    let chosen = form.value("picture").to_owned();
    let mut options = vec![SelectOption::new("", t.admin_profile_no_picture())];
    options.extend(pictures.iter().map(|picture| SelectOption::new(&picture.public_id, picture_label(picture))));
    if !options.iter().any(|option| option.value == chosen) {
        options.push(SelectOption::new(chosen.clone(), chosen));
    }
    let mut time_zones = vec![SelectOption::new("", t.admin_profile_site_zone())];
    let known = match form.value("time_zone") {
        "" => "UTC",
        zone => zone,
    };
    time_zones.extend(time_zone_options(known));
    let mut locales = vec![SelectOption::new("", t.admin_profile_site_language())];
    locales.extend(language_options());
    Edit { t, email, pictures: options, time_zones, locales, form }
}

fn picture_label(picture: &Media) -> String {
    if picture.alt_text.is_empty() { picture.public_id.clone() } else { picture.alt_text.clone() }
}

pub fn profile_fields(profile: &StaffProfile, picture: Option<&Media>) -> Fields {
    Fields::from_pairs([
        ("name", profile.name.clone()),
        ("bio", profile.bio.clone()),
        ("picture", picture.map(|picture| picture.public_id.clone()).unwrap_or_default()),
        ("time_zone", profile.time_zone.clone()),
        ("locale", profile.locale.clone()),
        ("lock_version", profile.lock_version.to_string()),
    ])
}
