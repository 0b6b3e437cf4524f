"""Events as services of AWS send them, shortened where lists repeat themselves (the shapes that its SDKs document)."""

from __future__ import annotations

EVENTS: dict[str, object] = {
    "api-gateway-1": {
        "resource": "/greet", "path": "/greet", "httpMethod": "POST",
        "headers": {"Accept": "*/*", "Host": "abc.execute-api.eu-central-1.amazonaws.com"},
        "multiValueHeaders": {"Accept": ["*/*"]}, "queryStringParameters": {"a": "1"},
        "multiValueQueryStringParameters": {"a": ["1", "2"]}, "pathParameters": None, "stageVariables": None,
        "requestContext": {"accountId": "123456789012", "stage": "prod", "requestTimeEpoch": 1583349317135,
                           "identity": {"sourceIp": "192.0.2.1", "user": None}},
        "body": "{\"name\":\"Ada\"}", "isBase64Encoded": False,
    },
    "api-gateway-2": {
        "version": "2.0", "routeKey": "$default", "rawPath": "/greet", "rawQueryString": "a=1&a=2",
        "cookies": ["one", "two"], "headers": {"header1": "value1,value2"}, "queryStringParameters": {"a": "1,2"},
        "requestContext": {"http": {"method": "POST", "path": "/greet", "protocol": "HTTP/1.1"},
                           "timeEpoch": 1583348638390},
        "body": "eyJuYW1lIjoiQWRhIn0=", "isBase64Encoded": True,
    },
    "load-balancer": {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/x/1"}},
        "httpMethod": "GET", "path": "/", "queryStringParameters": {}, "headers": {"x-forwarded-port": "80"},
        "body": "", "isBase64Encoded": False,
    },
    "s3": {
        "Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-2", "eventName": "ObjectCreated:Put",
            "eventTime": "2019-09-03T19:37:27.192Z", "userIdentity": {"principalId": "AWS:AIDAINPONIXQXHT3IKHL2"},
            "s3": {"bucket": {"name": "bucket", "arn": "arn:aws:s3:::bucket"},
                   "object": {"key": "a%2Fb+c", "size": 1305107, "eTag": "b21b84d653bb07b05b1e6b33684dc11b"}},
        }],
    },
    "sqs": {
        "Records": [{
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
            "body": "Test message.", "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
            "messageAttributes": {"n": {"stringValue": "1", "binaryListValues": [], "dataType": "Number"}},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
        }],
    },
    "sns": {
        "Records": [{
            "EventVersion": "1.0", "EventSource": "aws:sns",
            "Sns": {"Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "Subject": None,
                    "Message": "Grüße ☃", "MessageAttributes": {"Test": {"Type": "String", "Value": "TestString"}}},
        }],
    },
    "event-bridge": {
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "123456789012", "time": "2015-10-08T16:53:06Z", "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/my-rule"], "detail": {},
    },
    "dynamodb": {
        "Records": [{
            "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
            "dynamodb": {"Keys": {"Id": {"N": "101"}}, "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                         "ApproximateCreationDateTime": 1428537600.5, "SequenceNumber": "111", "SizeBytes": 26},
        }],
    },
    "kinesis": {
        "Records": [{
            "kinesis": {"partitionKey": "1", "sequenceNumber": "495903382714902566085596925383615710959215",
                        "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==", "approximateArrivalTimestamp": 1545084650.987},
            "eventSource": "aws:kinesis", "eventID": "shardId-000000000006:4959033827149025660855969253836157109592",
        }],
    },
    "cognito": {
        "version": "1", "triggerSource": "PreSignUp_SignUp", "region": "eu-central-1", "userName": "ada",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "abc"},
        "request": {"userAttributes": {"email": "ada@example.com"}, "validationData": None},
        "response": {"autoConfirmUser": False, "autoVerifyEmail": False},
    },
    "step-functions": ["any", {"JSON": [1, 2.5, None, True]}, "value"],
}  # fmt: skip
