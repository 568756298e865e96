//! The examples of docs/examples, which tests run as they stand.

macro_rules! samples {
    ($($path:literal $language:literal;)*) => {
        /// By its path and its language.
        pub(super) const ALL: &[Sample] = &[$(Sample {
            path: $path,
            language: $language,
            text: include_str!(concat!("../../../../docs/examples/", $path)),
        }),*];
    };
}

pub(super) struct Sample {
    pub(super) path: &'static str,
    pub(super) language: &'static str,
    pub(super) text: &'static str,
}

samples! {
    "curl/create_payment.sh" "curl";
    "python/create_payment.py" "Python";
    "node/create_payment.mjs" "Node";
    "java/CreatePayment.java" "Java";
    "go/create_payment.go" "Go";
    "php/create_payment.php" "PHP";
    "curl/verify_webhook.sh" "shell";
    "python/verify_webhook.py" "Python";
    "node/verify_webhook.mjs" "Node";
    "java/VerifyWebhook.java" "Java";
    "go/verify_webhook.go" "Go";
    "php/verify_webhook.php" "PHP";
}

/// Whether a sample creates a payment, and not verifies a webhook.
pub(super) fn creates(sample: &Sample) -> bool {
    sample.path.to_lowercase().contains("create")
}

/// The lines `{{#include …/examples/PATH}}`, as mdBook reads them, replaced by their files.
pub(super) fn included(text: &str) -> String {
    let line = |line: &str| {
        let path = line.strip_prefix("{{#include ").and_then(|it| it.strip_suffix("}}"));
        let path = path.and_then(|it| it.split("examples/").nth(1));
        let sample = path.and_then(|path| ALL.iter().find(|it| it.path == path));
        sample.map_or_else(|| line.to_owned(), |it| it.text.trim_end().to_owned())
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
