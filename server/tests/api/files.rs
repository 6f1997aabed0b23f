//! The built files, and what is compressed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Answer, Wish, on_each, on_each_with};
use reqwest::Method;

async fn get(client: &crate::common::Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = client.anywhere(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request).await
}

#[tokio::test]
async fn files_are_kept_for_ever_only_where_the_url_names_a_version() {
    let site = tempfile::tempdir().unwrap();
    let pkg = site.path().join("pkg");
    std::fs::create_dir(&pkg).unwrap();
    std::fs::write(pkg.join("app.js"), "plain").unwrap();
    std::fs::write(pkg.join("app.js.br"), "br").unwrap();
    std::fs::write(pkg.join("app.js.gz"), "gz").unwrap();
    std::fs::write(site.path().join("favicon.svg"), "<svg/>").unwrap();
    let wish = Wish {
        site: Some(site.path().to_owned()),
        ..Wish::default()
    };
    on_each_with(wish, |server| async move {
        let nobody = server.nobody();
        let plain = get(&nobody, "/pkg/app.js", &[]).await;
        assert_eq!(plain.header("cache-control"), "no-cache");
        assert_eq!(plain.header("content-type"), "text/javascript");
        let since = plain.header("last-modified").to_owned();
        assert_eq!(plain.expect(200), "plain");
        let again = get(&nobody, "/pkg/app.js", &[("if-modified-since", &since)]).await;
        assert_eq!(
            (again.status, again.header("cache-control")),
            (304, "no-cache")
        );
        let versioned = get(&nobody, "/pkg/app.js?v=1a2b", &[]).await;
        assert!(versioned.header("cache-control").contains("immutable"));
        for encoding in ["br", "gzip"] {
            let packed = get(&nobody, "/pkg/app.js", &[("accept-encoding", encoding)]).await;
            assert_eq!(packed.header("content-encoding"), encoding);
        }
        assert_eq!(get(&nobody, "/pkg/none.js", &[]).await.status, 404);
        assert_eq!(
            get(&nobody, "/pkg/..%2f..%2fetc%2fpasswd", &[])
                .await
                .status,
            404
        );
        assert_eq!(get(&nobody, "/favicon.svg", &[]).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn answers_are_compressed_where_the_client_takes_it() {
    on_each(|server| async move {
        let admin = server.admin().await;
        for encoding in ["br", "gzip"] {
            let headers = [("accept-encoding", encoding)];
            for path in ["/api/v2/type-registries", "/api/v2/openapi.json", "/login"] {
                let answer = get(&admin, path, &headers).await;
                assert_eq!(answer.header("content-encoding"), encoding, "{path}");
            }
        }
    })
    .await;
}

/// A page waits while it is drawn; a file that is asked for meanwhile must not
/// be drawn into the page's context.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_takes_no_headers_of_a_page() {
    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("pkg")).unwrap();
    std::fs::write(site.path().join("favicon.svg"), "<svg/>").unwrap();
    let wish = Wish {
        site: Some(site.path().to_owned()),
        ..Wish::default()
    };
    on_each_with(wish, |server| async move {
        let nobody = server.nobody();
        let ask = |path: &'static str| {
            let nobody = &nobody;
            async move {
                for _ in 0..50 {
                    let answer = get(nobody, path, &[]).await;
                    let own = answer.header("content-security-policy").contains("nonce-");
                    assert_eq!((answer.status, own), (200, path == "/login"), "{path}");
                }
            }
        };
        tokio::join!(
            ask("/login"),
            ask("/favicon.svg"),
            ask("/login"),
            ask("/favicon.svg"),
            ask("/login"),
            ask("/favicon.svg")
        );
    })
    .await;
}
