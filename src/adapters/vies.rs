//! VIES, the European Commission's service that says whether a VAT number is valid:
//! ec.europa.eu/taxation_customs/vies, REST interface. It is often away; then nothing is known.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use url::Url;

use super::web_client;
use crate::error::Result;

/// How long an answer may take: the service asks the member state's own in turn.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of an answer.
const LONGEST: usize = 64 * 1024;

/// What the register knows of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatRecord {
    /// Whether the number is valid today.
    pub is_valid: bool,
    /// Who has it, where the member state tells; may be empty.
    pub name: String,
}

/// Where VAT numbers are looked up.
#[derive(Clone)]
pub enum VatRegister {
    /// VIES.
    Vies {
        /// Asks it.
        client: Client,
        /// Its address, with a slash at the end.
        base: Url,
    },
    /// Known numbers, for tests; what is not among them is not answered.
    StandIn(Arc<Mutex<BTreeMap<String, VatRecord>>>),
    /// Nowhere.
    Off,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "isValid", default)]
    is_valid: bool,
    #[serde(rename = "userError", default)]
    user_error: String,
    #[serde(default)]
    name: Option<String>,
}

impl VatRegister {
    /// VIES at its own address.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn vies() -> Result<VatRegister> {
        let base = Url::parse("https://ec.europa.eu/taxation_customs/vies/rest-api/").map_err(anyhow::Error::new)?;
        VatRegister::at(base)
    }

    /// What answers as VIES does, at an address with a slash at the end.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn at(base: Url) -> Result<VatRegister> {
        Ok(VatRegister::Vies { client: web_client::new(TIMEOUT)?, base })
    }

    /// Whether there is something to ask.
    pub fn is_on(&self) -> bool {
        match self {
            VatRegister::Vies { .. } => true,
            VatRegister::StandIn(known) => !known.lock().unwrap_or_else(PoisonError::into_inner).is_empty(),
            VatRegister::Off => false,
        }
    }

    /// What is known of a number with its prefix, such as `ATU12345675`.
    ///
    /// # Errors
    /// When there is no answer, or one that says nothing about the number.
    pub async fn look_up(&self, number: &str) -> Result<VatRecord> {
        match self {
            VatRegister::Vies { client, base } => ask(client, base, number).await,
            VatRegister::StandIn(known) => {
                let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                known.get(number).cloned().ok_or_else(|| anyhow::anyhow!("the register does not answer").into())
            }
            VatRegister::Off => Err(anyhow::anyhow!("no register is asked").into()),
        }
    }
}

async fn ask(client: &Client, base: &Url, number: &str) -> Result<VatRecord> {
    let (Some(state), Some(rest)) = (number.get(..2), number.get(2..)) else {
        return Err(anyhow::anyhow!("{number} is not a VAT number").into());
    };
    let url = base.join(&format!("ms/{state}/vat/{rest}")).map_err(anyhow::Error::new)?;
    let mut answer = client.get(url).send().await.map_err(anyhow::Error::new)?;
    if !answer.status().is_success() {
        return Err(anyhow::anyhow!("VIES answered {}", answer.status()).into());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(anyhow::Error::new)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(anyhow::anyhow!("VIES answered at too great a length").into());
        }
    }
    let said: Answer = serde_json::from_slice(&body)?;
    if !said.is_valid && said.user_error != "INVALID" {
        return Err(anyhow::anyhow!("VIES says nothing about the number: {}", said.user_error).into());
    }
    // Member states that do not tell the name answer with dashes.
    let name = said.name.unwrap_or_default().replace("---", "").trim().to_owned();
    Ok(VatRecord { is_valid: said.is_valid, name })
}
