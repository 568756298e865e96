//! Which keys are secret by their name: they are never shown, and never stand in a file.

/// Of plugins, whichever the plugin.
const OF_PLUGINS: [&str; 12] = [
    "private_key",
    "api_v2_key",
    "api_v3_key",
    "api_key",
    "secret",
    "app_secret",
    "mini_app_secret",
    "certificate_key",
    "certificate_p12",
    "certificate_password",
    "aes_key",
    "app_auth_token",
];
/// Of merchants, and of whoever is let in at the admin listener.
const OF_PEOPLE: [&str; 5] = ["api_keys", "secret", "secrets", "password", "tokens"];

pub(super) fn of_a_plugin(key: &str) -> bool {
    OF_PLUGINS.contains(&key)
}

/// `path` is a whole one, as in `merchants.shop.endpoints[0].secrets[1]`.
pub(crate) fn is_secret(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let name = last.split('[').next().unwrap_or(last);
    of_a_plugin(name) || OF_PEOPLE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_secret_by_its_last_name() {
        for path in [
            "merchants.shop.endpoints[0].secrets[1]",
            "merchants.shop.api_keys[0]",
            "accounts.main.private_key",
            "secret",
        ] {
            assert!(is_secret(path), "{path}");
        }
        for path in ["merchants.shop.endpoints.secret.url", "accounts.secret.app_id", "url", ""] {
            assert!(!is_secret(path), "{path}");
        }
    }
}
