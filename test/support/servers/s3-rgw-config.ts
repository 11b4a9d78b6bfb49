// The configuration of a Ceph of one monitor, one OSD in memory and one gateway, on the loopback address only.

export type RgwConfigOptions = {
  readonly directory: string;
  readonly fsid: string;
  /** The monitor's addresses, as Ceph writes them. */
  readonly monitors: string;
  readonly port: number;
};

const QUIET = ['rgw', 'osd', 'bluestore', 'bluefs', 'bdev', 'rocksdb', 'ms', 'objecter', 'monc', 'filestore'];

/** The text of `ceph.conf`. */
export function createRgwConfig({ directory, fsid, monitors, port }: RgwConfigOptions): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitors}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
keyring = ${directory}/keyring
run dir = ${directory}/out
admin socket = ${directory}/out/$name.asok
log file = ${directory}/out/$name.log
pid file = ${directory}/out/$name.pid
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
${QUIET.map((part) => `debug ${part} = 0/0`).join('\n')}
[mon]
mon data = ${directory}/mon
mon cluster log file = ${directory}/out/cluster.log
mon data avail warn = 1
mon data avail crit = 0
paxos propose interval = 0.05
paxos min wait = 0.02
[osd]
osd data = ${directory}/osd
osd objectstore = memstore
osd crush initial weight = 1
memstore device bytes = 8589934592
osd max object name len = 460
osd max object namespace len = 64
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw thread pool size = 64
rgw dynamic resharding = false
`;
}
