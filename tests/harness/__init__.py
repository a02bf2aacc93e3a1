"""What the tests share that drive the built program from outside.

One module per thing that a test starts or needs: the program (`service`), an S3 server (`s3`),
RabbitMQ and NATS (`brokers`), mail (`smtp`, `resend`, `mailboxes`), a receiver of webhooks
(`webhook_receiver`), certificates, ports, waiting. Everything listens on free ports of 127.0.0.1
and keeps its files in a folder of the test, so that tests run beside whatever the machine runs
already.

`python3 -m harness` gives the same to test runners that are not Python, and counts what runners
report. Only `brokers`, `smtp` and `webhook_receiver` need packages of tests/requirements.txt; the
rest imports the standard library alone, because benchmarks and stages without Python tests use it.
"""
