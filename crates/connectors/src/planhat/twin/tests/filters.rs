//! What narrows each model's lists.

use serde_json::json;

use super::{get, ids, keep, small};

// tidy: long because it is one table
#[test]
fn lists_filter_as_each_model_documents() {
    for (line, found) in [
        ("/churn", "k1 k2 k3"),
        ("/churn?downgrades=only", "k2"),
        ("/churn?downgrades=excluded", "k1 k3"),
        ("/churn?downgrades=maybe", "k1 k2 k3"),
        ("/churn?from=2021-02-01", "k2 k3"),
        ("/churn?from=2021-02-01&to=2021-02-28", "k2"),
        ("/churn?to=2021-01-31", "k1"),
        ("/churn?to=2021-01-31&companyId=c2", ""),
        ("/nps", "n1"),
        ("/nps?npsExpiryDay=3000", "n1 n2"),
        ("/nps?npsExpiryDay=0", ""),
        ("/nps?npsExpiryDay=3000&companyId=c2", "n2"),
        ("/comments", "m1 m2"),
        ("/comments?commentableId=t1", "m1"),
        ("/comments?commentableId=t1,t2", "m1 m2"),
        ("/comments?companyId=c1", "m1 m2"),
        ("/lineitems?dealId=d1", "i1"),
        ("/workflows", "w1"),
        ("/workflows?companyId=c2", ""),
        ("/dimensiondata?cId=c1", "p1 p2"),
        ("/dimensiondata?cid=c1&dimid=seats", "p1"),
        ("/dimensiondata?dimid=seats&from=18837", "p3"),
        ("/dimensiondata?from=18836&to=18836", "p1 p2"),
        ("/dimensiondata?limit=1&offset=1", "p2"),
        ("/tickets?cid=c2&l=1", "v2"),
    ] {
        let mut twin = small(&[]);
        for (table, record) in [
            (
                "churn",
                json!({"_id": "k1", "companyId": "c1", "churnDate": "2021-01-31T23:00:00.000Z"}),
            ),
            (
                "churn",
                json!({"_id": "k2", "companyId": "c2", "churnDate": "2021-02-01", "onlyDowngrade": true}),
            ),
            (
                "churn",
                json!({"_id": "k3", "companyId": "c1", "churnDate": "2021-03-01"}),
            ),
            (
                "nps",
                json!({"_id": "n1", "cId": "c1", "dateAnswered": "2021-07-01T00:00:00.000Z"}),
            ),
            (
                "nps",
                json!({"_id": "n2", "cId": "c2", "dateAnswered": "2019-07-01T00:00:00.000Z"}),
            ),
            ("comment", json!({"_id": "m1", "commentableId": "t1"})),
            ("comment", json!({"_id": "m2", "commentableId": "t2"})),
            ("lineitem", json!({"_id": "i1", "dealId": "d1"})),
            ("lineitem", json!({"_id": "i2", "dealId": "d2"})),
            ("workflow", json!({"_id": "w1", "companyId": "c1"})),
            (
                "metric",
                json!({"_id": "p1", "companyId": "c1", "dimensionId": "seats", "day": 18_836}),
            ),
            (
                "metric",
                json!({"_id": "p2", "companyId": "c1", "dimensionId": "calls", "day": 18_836}),
            ),
            (
                "metric",
                json!({"_id": "p3", "companyId": "c2", "dimensionId": "seats", "day": 18_837}),
            ),
            (
                "conversation",
                json!({"_id": "v1", "companyId": "c1", "type": "ticket"}),
            ),
            (
                "conversation",
                json!({"_id": "v2", "companyId": "c2", "type": "ticket"}),
            ),
        ] {
            keep(&mut twin, table, record);
        }
        assert_eq!(ids(&get(&mut twin, &format!("GET {line}"))), found, "{line}");
    }
}
