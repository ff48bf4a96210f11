import { describe, expect, it } from 'vitest';
import { sentencesOfPod } from '../../../test/build/pod-sentences.js';
import type { JsonObject } from '../types.js';

type Row = [name: string, volume: JsonObject, expected: string[]];

/** Rows of one volume `v`; the expected sentences begin below `spec.volumes[0]`. */
function table(rows: Row[]): void {
  it.each(rows)('%s', (_, volume, expected) => {
    const said = sentencesOfPod({ volumes: [{ name: 'v', ...volume }] });
    expect(said).toEqual(expected.map((sentence) => `spec.volumes[0]${sentence}`));
  });
}

describe('a volume', () => {
  table([
    ['without a source', {}, []],
    ['without a name', { name: '', emptyDir: {} }, ['.name: Required value']],
    [
      'of two sources',
      { configMap: { name: 'c' }, emptyDir: {} },
      ['.configMap: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'of two sources whose members upstream misspells',
      { emptyDir: {}, cephfs: {}, downwardAPI: {} },
      [
        '.cephFS: Forbidden: may not specify more than 1 volume type',
        '.downwarAPI: Forbidden: may not specify more than 1 volume type',
      ],
    ],
  ]);

  it('is named once', () => {
    const volumes = [{ name: 'v' }, { name: 'v' }];
    expect(sentencesOfPod({ volumes })).toEqual(['spec.volumes[1].name: Duplicate value: "v"']);
  });

  it('that the pod itself makes is no claim to name', () => {
    const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
    const volumes: JsonObject[] = [
      { name: 'a', ephemeral: { volumeClaimTemplate: template } },
      { name: 'b', persistentVolumeClaim: { claimName: 'p-a' } },
    ];
    expect(sentencesOfPod({ volumes })).toEqual([
      'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-a": must not reference a PVC that gets created for an ephemeral volume',
    ]);
  });
});

describe('sources', () => {
  const iqnDetail = 'must be valid format starting with iqn, eui, or naa';
  table([
    [
      'emptyDir below zero',
      { emptyDir: { sizeLimit: '-1' } },
      ['.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity'],
    ],
    ['hostPath without path', { hostPath: { type: 'x' } }, ['.hostPath.path: Required value']],
    [
      'hostPath upwards, of no type',
      { hostPath: { path: '/a/../b', type: 'x' } },
      [
        '.hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
        '.hostPath.type: Unsupported value: "x": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
    ['secret without name', { secret: {} }, ['.secret.secretName: Required value']],
    [
      'configMap of a bad mode, key and path',
      { configMap: { name: 'c', defaultMode: 512, items: [{ path: '/a', mode: -1 }] } },
      [
        '.configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
        '.configMap.items[0].key: Required value',
        '.configMap.items[0].path: Invalid value: "/a": must be a relative path',
        '.configMap.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive',
      ],
    ],
    [
      'a file that hides',
      { secret: { secretName: 's', items: [{ key: 'k', path: '..data' }] } },
      ['.secret.items[0].path: Invalid value: "..data": must not start with \'..\''],
    ],
    ['a claim without name', { persistentVolumeClaim: {} }, ['.persistentVolumeClaim.claimName: Required value']],
    [
      'nfs of nothing',
      { nfs: {} },
      [
        '.nfs.server: Required value',
        '.nfs.path: Required value',
        '.nfs.path: Invalid value: "": must be an absolute path',
      ],
    ],
    [
      'iscsi',
      { iscsi: { targetPortal: '', iqn: 'x', lun: 256, chapAuthSession: true } },
      [
        '.iscsi.targetPortal: Required value',
        `.iscsi.iqn: Invalid value: "x": ${iqnDetail}`,
        '.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
        '.iscsi.secretRef: Required value',
      ],
    ],
    ['rbd', { rbd: {} }, ['.rbd.monitors: Required value', '.rbd.image: Required value']],
    ['cephfs', { cephfs: {} }, ['.cephfs.monitors: Required value']],
    [
      'a Google disk',
      { gcePersistentDisk: { partition: 256 } },
      [
        '.persistentDisk.pdName: Required value',
        '.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
      ],
    ],
    ['an Amazon volume', { awsElasticBlockStore: {} }, ['.awsElasticBlockStore.volumeID: Required value']],
    ['flocker', { flocker: {} }, ['.flocker: Required value: one of datasetName and datasetUUID is required']],
    ['fc', { fc: {} }, ['.fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both']],
    [
      'fc without lun',
      { fc: { targetWWNs: ['a'] } },
      ['.fc.lun: Required value: lun is required if targetWWNs is specified'],
    ],
    [
      'flexVolume',
      { flexVolume: { options: { 'x.kubernetes.io/y': '' } } },
      [
        '.flexVolume.driver: Required value',
        '.flexVolume.options[x.kubernetes.io/y]: Invalid value: "x.kubernetes.io/y": kubernetes.io and k8s.io namespaces are reserved',
      ],
    ],
    [
      'an Azure disk',
      { azureDisk: { diskName: 'd', diskURI: 'x', kind: 'Managed' } },
      [
        '.azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
      ],
    ],
    ['csi', { csi: {} }, ['.csi.driver: Required value']],
    [
      'csi of a long driver',
      { csi: { driver: 'd'.repeat(64) } },
      ['.csi.driver: Too long: may not be more than 63 bytes'],
    ],
    [
      'an image',
      { image: { pullPolicy: 'x' } },
      [
        '.image.reference: Required value',
        '.image.pullPolicy: Unsupported value: "x": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      'scaleIO',
      { scaleIO: {} },
      ['.scaleIO.gateway: Required value', '.scaleIO.system: Required value', '.scaleIO.volumeName: Required value'],
    ],
    [
      'a git repository',
      { gitRepo: { directory: '..' } },
      ['.gitRepo.repository: Required value', '.gitRepo.directory: Invalid value: "..": must not contain \'..\''],
    ],
  ]);
});

describe('files of the downward API', () => {
  const items = (...list: JsonObject[]): JsonObject => ({ downwardAPI: { items: list } });
  table([
    [
      'of nothing',
      items({ path: 'a' }),
      ['.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required'],
    ],
    [
      'of a field that files cannot have',
      items({ path: 'a', fieldRef: { fieldPath: 'status.podIP' } }),
      [
        '.downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      ],
    ],
    [
      'of an amount of no container',
      items({ path: 'a', resourceFieldRef: { resource: 'limits.cpu' } }),
      ['.downwardAPI.resourceFieldRef.containerName: Required value'],
    ],
    [
      'of an amount in odd parts',
      items({ path: 'a', resourceFieldRef: { containerName: 'a', resource: 'limits.memory', divisor: '3' } }),
      [
        '.downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource',
      ],
    ],
  ]);
});

describe('projected', () => {
  const projected = (...sources: JsonObject[]): JsonObject => ({ projected: { sources } });
  const items = [{ key: 'k', path: 'p' }];
  table([
    [
      'names',
      projected({ secret: {} }, { configMap: {} }),
      ['.projected.sources[0].secret.name: Required value', '.projected.sources[1].configMap.name: Required value'],
    ],
    [
      'two sources in one',
      projected({ secret: { name: 's' }, configMap: { name: 'c' } }),
      ['.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source'],
    ],
    [
      'one file of two sources',
      projected({ secret: { name: 's', items } }, { configMap: { name: 'c', items } }),
      ['.projected: Invalid value: "c": conflicting duplicate paths'],
    ],
    [
      'a token of a minute without path',
      projected({ serviceAccountToken: { expirationSeconds: 60 } }),
      [
        '.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
        '.projected.path: Required value',
      ],
    ],
  ]);
});

describe('claims of ephemeral volumes', () => {
  const at = '.ephemeral.volumeClaimTemplate';
  const claim = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
    ephemeral: { volumeClaimTemplate: { metadata, spec } },
  });
  const good = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  table([
    ['none', { ephemeral: {} }, ['.ephemeral.volumeClaimTemplate: Required value']],
    ['in order', claim(good), []],
    ['named', claim(good, { name: 'x' }), [`${at}.metadata.name: Forbidden: cannot be set`]],
    [
      'of nothing',
      claim({}),
      [
        `${at}.spec.accessModes: Required value: at least 1 access mode is required`,
        `${at}.spec.resources[storage]: Required value`,
      ],
    ],
    [
      'of bad members',
      claim({
        accessModes: ['ReadWriteOncePod', 'ReadOnlyMany', 'Often'],
        resources: { requests: { storage: '0' } },
        storageClassName: 'A',
        volumeMode: 'Tape',
      }),
      [
        `${at}.spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"`,
        `${at}.spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes`,
        `${at}.spec.resources[storage]: Invalid value: "0": must be greater than zero`,
        `${at}.spec.storageClassName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
        `${at}.spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"`,
      ],
    ],
  ]);
});

describe('mounts', () => {
  const at = 'spec.containers[0].volumeMounts';
  const volumes: JsonObject[] = [{ name: 'v' }, { name: 'c', persistentVolumeClaim: { claimName: 'c' } }];
  const mount = { name: 'v', mountPath: '/v' };
  it.each<[name: string, container: JsonObject, expected: string[]]>([
    [
      'of nothing',
      { volumeMounts: [{}] },
      [`${at}[0].name: Required value`, `${at}[0].name: Not found: ""`, `${at}[0].mountPath: Required value`],
    ],
    ['of an unknown volume', { volumeMounts: [{ ...mount, name: 'x' }] }, [`${at}[0].name: Not found: "x"`]],
    ['one path twice', { volumeMounts: [mount, mount] }, [`${at}[1].mountPath: Invalid value: "/v": must be unique`]],
    [
      'a path upwards',
      { volumeMounts: [{ ...mount, subPath: '../a' }] },
      [`${at}.subPath: Invalid value: "../a": must not contain '..'`],
    ],
    [
      'an absolute path',
      { volumeMounts: [{ ...mount, subPathExpr: '/a' }] },
      [`${at}.subPathExpr: Invalid value: "/a": must be a relative path`],
    ],
    [
      'two ways of a path',
      { volumeMounts: [{ ...mount, subPath: 'a', subPathExpr: 'b' }] },
      [`${at}[0].subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive`],
    ],
    [
      'both ways by one that may not',
      { volumeMounts: [{ ...mount, mountPropagation: 'Bidirectional' }] },
      [`${at}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`],
    ],
    [
      'both ways by one that may',
      { securityContext: { privileged: true }, volumeMounts: [{ ...mount, mountPropagation: 'Bidirectional' }] },
      [],
    ],
    [
      'read-only below, writable above',
      { volumeMounts: [{ ...mount, recursiveReadOnly: 'Enabled' }] },
      [`${at}.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`],
    ],
    [
      'a device of no claim',
      { volumeDevices: [{ name: 'v', devicePath: '/d' }] },
      [
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      ],
    ],
    [
      'a claim as device and as directory',
      { volumeDevices: [{ name: 'c', devicePath: '/d' }], volumeMounts: [{ name: 'c', mountPath: '/c' }] },
      [
        `${at}[0].name: Invalid value: "c": must not already exist in volumeDevices`,
        'spec.containers[0].volumeDevices[0].name: Invalid value: "c": must not already exist in volumeMounts',
      ],
    ],
  ])('%s', (_, container, expected) => {
    expect(sentencesOfPod({ volumes, containers: [{ name: 'a', image: 'nginx', ...container }] })).toEqual(expected);
  });
});
