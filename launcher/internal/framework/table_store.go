package framework

// storeTable are servers that keep data in files of their own: a change of those is
// never one of source. What speaks HTTP has no Scheme.
var storeTable = []Framework{
	{Name: "redis-server", Program: "redis-server valkey-server keydb-server", Serves: ".", Help: "-h -v", Port: "--port", Host: "--bind", Scheme: "redis", Form: Nowhere, Keeps: true},
	{Name: "postgres", Program: "postgres postmaster", Serves: ".", Help: "-V --describe-config", Port: "-p", PortBy: "PGPORT", Scheme: "postgres", Form: Nowhere, Keeps: true},
	{Name: "mysqld", Program: "mysqld mariadbd mysqld_safe mariadbd-safe", Serves: ".", Help: "-V --initialize --initialize-insecure", Port: "--port -P", Host: "--bind-address", Scheme: "mysql", Form: Nowhere, Keeps: true, Logs: true},
	{Name: "mongod", Program: "mongod mongos", Serves: ".", Help: "-h", Port: "--port", Scheme: "mongodb", Form: Nowhere, Keeps: true, Logs: true},
	{Name: "memcached", Program: "memcached", Serves: ".", Help: "-h -V", Port: "-p --port", Host: "-l --listen", Scheme: "tcp", Form: Nowhere, Keeps: true},
	{Name: "nats-server", Program: "nats-server", Serves: ".", Help: "-h -v", Port: "-p --port", Host: "-a --addr --net", Scheme: "nats", Form: Nowhere, Keeps: true},
	{Name: "rabbitmq-server", Program: "rabbitmq-server", Serves: ".", Scheme: "amqp", Form: Nowhere, Keeps: true},
	{Name: "cassandra", Program: "cassandra", Serves: ".", Help: "-h -v", Scheme: "tcp", Form: Nowhere, Keeps: true},
	{Name: "kafka", Program: "kafka-server-start kafka-server-start.sh redpanda zookeeper-server-start zookeeper-server-start.sh", Serves: ".", Scheme: "tcp", Form: Nowhere, Keeps: true},
	{Name: "mosquitto", Program: "mosquitto", Serves: ".", Help: "-h", Port: "-p", Scheme: "mqtt", Form: Nowhere, Keeps: true, Logs: true},
	{Name: "beanstalkd", Program: "beanstalkd", Serves: ".", Help: "-h -v", Port: "-p", Scheme: "tcp", Form: Nowhere, Keeps: true},
	{Name: "etcd", Program: "etcd", Serves: ".", Help: "-h", Port: "--listen-client-urls", Before: "http://127.0.0.1:", Form: Nowhere, Keeps: true},
	{Name: "minio", Program: "minio", Serves: "server", Port: "--address", Before: "127.0.0.1:", Form: Nowhere, Keeps: true},
	{Name: "mailpit", Program: "mailpit mailhog MailHog mailcatcher maildev", Serves: ".", Help: "-h", Port: "--listen -l", Before: "127.0.0.1:", Form: Nowhere, Keeps: true},
	{Name: "elasticsearch", Program: "elasticsearch opensearch", Serves: ".", Help: "-h -V", Form: Nowhere, Keeps: true},
	{Name: "clickhouse", Program: "clickhouse-server", Serves: ".", Form: Nowhere, Keeps: true},
	{Name: "meilisearch", Program: "meilisearch typesense-server qdrant influxd consul", Serves: ".", Others: "help", Help: "-h -V", Form: Nowhere, Keeps: true},
}
