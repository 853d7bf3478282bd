//! Who did something, as people read it.

use crate::models::platform::event::Actor;
use crate::models::sales::payment::ProviderName;
use crate::support::i18n::Locale;

pub fn actor_label(t: Locale, actor: &Actor) -> String {
    match actor {
        Actor::Customer => t.event_actor_customer().to_owned(),
        Actor::Staff { name, .. } => name.clone(),
        Actor::System => "Tradepost".to_owned(),
        Actor::Checkout => t.event_actor_checkout().to_owned(),
        Actor::Provider(code) => provider_code_label(t, code),
        Actor::Register(code) if code == "vies" => "VIES".to_owned(),
        Actor::Register(code) => code.clone(),
        Actor::CommandLine => t.event_actor_command_line().to_owned(),
        Actor::Unknown(stored) => stored.clone(),
    }
}

pub fn provider_code_label(t: Locale, code: &str) -> String {
    ProviderName::parse(code).map_or(code, |provider| provider_label(t, provider)).to_owned()
}

pub fn provider_label(t: Locale, provider: ProviderName) -> &'static str {
    match provider {
        ProviderName::Manual => t.admin_webhook_provider_manual(),
        ProviderName::Test => t.admin_webhook_provider_test(),
        ProviderName::Stripe => t.admin_webhook_provider_stripe(),
    }
}
