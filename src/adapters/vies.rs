//! VIES, the European Commission's service for checking VAT numbers (ec.europa.eu/taxation_customs/vies, REST API). It
//! is often unavailable.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use url::Url;

use super::http_client;
use crate::error::Result;

/// Long, because VIES queries the register of the member state in turn.
const TIMEOUT: Duration = Duration::from_secs(20);
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatRecord {
    pub is_valid: bool,
    /// The holder, if the member state discloses it; may be empty.
    pub name: String,
}

/// The source of VAT number checks.
#[derive(Clone)]
pub enum VatRegister {
    Vies {
        client: Client,
        base: Url,
    },
    /// Known numbers, for tests; others get an error as from an unavailable service.
    Fake(Arc<Mutex<BTreeMap<String, VatRecord>>>),
    /// Checks are disabled.
    Off,
}

#[derive(Deserialize)]
struct CheckResponse {
    #[serde(rename = "isValid", default)]
    is_valid: bool,
    #[serde(rename = "userError", default)]
    user_error: String,
    #[serde(default)]
    name: Option<String>,
}

impl VatRegister {
    pub fn vies() -> Result<VatRegister> {
        let base = Url::parse("https://ec.europa.eu/taxation_customs/vies/rest-api/").map_err(anyhow::Error::new)?;
        VatRegister::with_base_url(base)
    }

    /// A service with the API of VIES; `base` has a trailing slash.
    pub fn with_base_url(base: Url) -> Result<VatRegister> {
        Ok(VatRegister::Vies { client: http_client::build(TIMEOUT)?, base })
    }

    pub fn is_enabled(&self) -> bool {
        match self {
            VatRegister::Vies { .. } => true,
            VatRegister::Fake(records) => !records.lock().unwrap_or_else(PoisonError::into_inner).is_empty(),
            VatRegister::Off => false,
        }
    }

    /// Looks up a number with its country prefix, such as `ATU12345675`. An error means that the check is to be
    /// repeated.
    pub async fn look_up(&self, number: &str) -> Result<VatRecord> {
        match self {
            VatRegister::Vies { client, base } => query_vies(client, base, number).await,
            VatRegister::Fake(records) => {
                let records = records.lock().unwrap_or_else(PoisonError::into_inner);
                records.get(number).cloned().ok_or_else(|| anyhow::anyhow!("the register is not responding").into())
            }
            VatRegister::Off => Err(anyhow::anyhow!("no register is asked").into()),
        }
    }
}

async fn query_vies(client: &Client, base: &Url, number: &str) -> Result<VatRecord> {
    let (Some(state), Some(rest)) = (number.get(..2), number.get(2..)) else {
        return Err(anyhow::anyhow!("{number} is not a VAT number").into());
    };
    let url = base.join(&format!("ms/{state}/vat/{rest}")).map_err(anyhow::Error::new)?;
    let mut response = client.get(url).send().await.map_err(anyhow::Error::new)?;
    if !response.status().is_success() {
        return Err(anyhow::anyhow!("VIES answered {}", response.status()).into());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(anyhow::Error::new)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_RESPONSE_BYTES {
            return Err(anyhow::anyhow!("VIES answered at too great a length").into());
        }
    }
    let result: CheckResponse = serde_json::from_slice(&body)?;
    if !result.is_valid && result.user_error != "INVALID" {
        return Err(anyhow::anyhow!("VIES says nothing about the number: {}", result.user_error).into());
    }
    // Member states that do not disclose the name send dashes.
    let name = result.name.unwrap_or_default().replace("---", "").trim().to_owned();
    Ok(VatRecord { is_valid: result.is_valid, name })
}
