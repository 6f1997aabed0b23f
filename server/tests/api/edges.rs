//! What stands around the API: headers, other sites, probes, nonsense.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Wish, on_each, on_each_with, setup};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn every_answer_carries_the_headers() {
    on_each(|server| async move {
        let nobody = server.nobody();
        for path in [
            "/",
            "/login",
            "/api/v2/hubs",
            "/healthz",
            "/nothing",
            "/api/v2/docs/",
        ] {
            let answer = nobody.send(nobody.anywhere(Method::GET, path)).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
            assert!(answer.header("permissions-policy").contains("camera=()"));
            assert_eq!(answer.header("strict-transport-security"), "", "{path}");
            let policy = answer.header("content-security-policy");
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert!(answer.header("x-request-id").len() >= 8, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_names_the_nonce_of_its_scripts() {
    on_each(|server| async move {
        let nobody = server.nobody();
        for path in ["/login", "/no/such/page"] {
            let answer = nobody.send(nobody.anywhere(Method::GET, path)).await;
            let policy = answer.header("content-security-policy").to_owned();
            let (_, rest) = policy.split_once("'nonce-").expect("a nonce");
            let (nonce, _) = rest.split_once('\'').unwrap();
            let html = setup::text(&answer.body);
            assert!(html.contains(&format!("nonce=\"{nonce}\"")), "{path}");
            assert!(!policy.contains("unsafe-inline") && policy.contains("'wasm-unsafe-eval'"));
        }
    })
    .await;
}

#[tokio::test]
async fn tls_is_remembered_by_browsers() {
    let wish = Wish {
        public_url: Some("https://hub.example"),
        ..Wish::default()
    };
    on_each_with(wish, |server| async move {
        let nobody = server.nobody();
        let answer = nobody.send(nobody.anywhere(Method::GET, "/healthz")).await;
        assert!(
            answer
                .header("strict-transport-security")
                .starts_with("max-age=")
        );
    })
    .await;
}

#[tokio::test]
async fn another_site_cannot_make_a_browser_change_anything() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let nobody = server.nobody();
        let cookie = format!("inter_hub_session={}", server.session().await);
        let evil = [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ];
        for (name, value) in evil {
            for path in ["/rpc/sign_out", "/api/v2/hubs"] {
                let request = nobody
                    .anywhere(Method::POST, path)
                    .header("cookie", &cookie)
                    .header(name, value);
                let problem = nobody.send(request).await.refused(403, &[]);
                assert_eq!(problem["code"], "cross_origin");
            }
            // A program with a token and no cookie may.
            let request = admin
                .request(Method::POST, "/hubs")
                .header(name, value)
                .json(&json!({}));
            assert_eq!(admin.send(request).await.status, 422);
            let get = nobody.anywhere(Method::GET, "/login").header(name, value);
            assert_eq!(nobody.send(get).await.status, 200);
        }
        let own = nobody
            .anywhere(Method::POST, "/rpc/nothing")
            .header("cookie", &cookie)
            .header("origin", &server.base);
        assert_ne!(nobody.send(own).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn probes_answer_without_a_token() {
    on_each(|server| async move {
        let nobody = server.nobody();
        for path in [
            "/healthz",
            "/readyz",
            "/metrics",
            "/api/v2/openapi.json",
            "/api/v2/docs/",
        ] {
            let answer = nobody.send(nobody.anywhere(Method::GET, path)).await;
            assert_eq!(answer.status, 200, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_keeps_the_id_that_a_proxy_gave() {
    on_each(|server| async move {
        let nobody = server.nobody();
        for (given, kept) in [("abcdef-1234", true), ("no good id!", false), ("x", false)] {
            let request = nobody
                .anywhere(Method::GET, "/healthz")
                .header("x-request-id", given);
            let answer = nobody.send(request).await;
            assert_eq!(answer.header("x-request-id") == given, kept, "{given}");
        }
    })
    .await;
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("01890a5d-ac96-774b-bcce-b302099a8057")),
        Just(json!("triage")),
        Just(json!("\u{0}")),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(field(), inner, 0..6)
                .prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "hub_id",
            "slug",
            "name",
            "description",
            "governance_default",
            "provider",
            "model_name",
            "trust_level",
            "capabilities",
            "system_prompt",
            "task_type",
            "agent_registration_id",
            "priority",
            "artifact_type",
            "allowed_actions",
            "action",
            "title",
            "summary",
            "prompt",
            "verdict",
            "comment",
            "content_hash",
            "role",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ]
}

#[tokio::test]
async fn nothing_that_is_sent_breaks_the_server() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::hub(&admin, "h").await;
        let agent_id = setup::agent(&admin, &hub_id, "a", "m").await;
        let targets = [
            (Method::POST, "/hubs".to_owned()),
            (Method::PATCH, format!("/hubs/{hub_id}")),
            (Method::POST, "/agents".to_owned()),
            (Method::PATCH, format!("/agents/{agent_id}")),
            (Method::POST, "/routing-policies".to_owned()),
            (Method::POST, "/governance-policies".to_owned()),
            (Method::POST, "/governance-policies/check".to_owned()),
            (Method::POST, "/collective-proposals".to_owned()),
            (
                Method::POST,
                format!("/collective-proposals/{hub_id}/reviews"),
            ),
            (Method::POST, "/tokens".to_owned()),
        ];
        let mut runner = TestRunner::deterministic();
        for _ in 0..40 {
            let body = any_json().new_tree(&mut runner).unwrap().current();
            for (method, path) in &targets {
                let request = admin.request(method.clone(), path).json(&body);
                let answer = admin.send(request).await;
                assert!(
                    answer.status < 500,
                    "{method} {path} {body}: {:#}",
                    answer.body
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    on_each(|server| async move {
        let nobody = server.nobody();
        let guess = async |login: &str| {
            let request = nobody
                .anywhere(Method::POST, "/rpc/sign_in")
                .header("sec-fetch-site", "same-origin")
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("login={login}&password=wrong-password"));
            nobody.send(request).await
        };
        for n in 0..10 {
            let answer = guess("ada").await;
            assert_eq!(answer.status, 401, "{n}: {:#}", answer.body);
        }
        let refused = guess("ADA").await;
        assert_eq!(refused.status, 429);
        assert_eq!(refused.body["code"], "too_many_attempts");
        assert_eq!(guess("bob").await.status, 401, "others are let through");
    })
    .await;
}

#[tokio::test]
async fn a_link_and_then_the_session_open_the_pages() {
    on_each(|server| async move {
        let nobody = server.nobody();
        let away = nobody.send(nobody.anywhere(Method::GET, "/")).await;
        assert!((300..400).contains(&away.status), "{}", away.status);
        assert!(away.header("location").starts_with("/login"));
        let cookie = format!("inter_hub_session={}", server.session().await);
        let request = nobody.anywhere(Method::GET, "/").header("cookie", cookie);
        let page = nobody.send(request).await;
        assert_eq!(page.status, 200);
        assert!(setup::text(&page.body).contains("Rehearsal"));
    })
    .await;
}
