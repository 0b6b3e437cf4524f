"""A client at module level from botocore's data; calls that are answered by a stub, a URL that is signed."""

import io

import boto3
from botocore.exceptions import ClientError
from botocore.stub import Stubber

KEYS = {"region_name": "eu-central-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
S3 = boto3.client("s3", **KEYS)


def job():
    with Stubber(S3) as stub:
        stub.add_response("get_object", {"Body": io.BytesIO(b"text"), "ContentLength": 4}, {"Bucket": "b", "Key": "k"})
        stub.add_client_error("head_object", "404", "Not Found")
        body = S3.get_object(Bucket="b", Key="k")["Body"].read().decode()
        try:
            S3.head_object(Bucket="b", Key="k")
        except ClientError as error:
            code = error.response["Error"]["Code"]
    url = S3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "é"}, ExpiresIn=60)
    dynamo = boto3.client("dynamodb", **KEYS)
    with Stubber(dynamo) as stub:
        stub.add_response("list_tables", {"TableNames": ["table"]})
        tables = list(dynamo.get_paginator("list_tables").paginate().search("TableNames"))
    return [body, code, url.partition("?")[0], tables]
