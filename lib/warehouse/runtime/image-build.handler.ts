import { BatchGetBuildsCommand, CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { DescribeImagesCommand, ECRClient, ImageNotFoundException } from '@aws-sdk/client-ecr';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';

const POLL_MILLIS = Number(process.env.POLL_MILLIS ?? 5000);

const codebuild = new CodeBuildClient({});
const ecr = new ECRClient({});

/**
 * An image of a private repository, built when it is not there yet. Its tag is made of everything that goes into it, so
 * that the same tag is the same image. Images that are not used any more expire by the repository's lifecycle policy.
 */
export const handler = customResourceHandler(async (event) => {
  const imageTag = textProperty(event, 'ImageTag');
  const repositoryName = textProperty(event, 'RepositoryName');
  if (event.RequestType !== 'Delete' && !(await exists(repositoryName, imageTag))) {
    await build(textProperty(event, 'ProjectName'), imageTag);
  }
  return { physicalResourceId: `${repositoryName}:${imageTag}` };
});

async function exists(repositoryName: string, imageTag: string): Promise<boolean> {
  try {
    const { imageDetails = [] } = await ecr.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    return imageDetails.length > 0;
  } catch (error) {
    if (error instanceof ImageNotFoundException) return false;
    throw error;
  }
}

async function build(projectName: string, imageTag: string): Promise<void> {
  const { build: started } = await codebuild.send(
    new StartBuildCommand({ projectName, environmentVariablesOverride: [{ name: 'IMAGE_TAG', value: imageTag }] }),
  );
  const id = String(started?.id);
  for (;;) {
    const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    const [current] = builds;
    if (current?.buildStatus === 'SUCCEEDED') return;
    if (current?.buildStatus !== 'IN_PROGRESS') {
      const failed = current?.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED');
      const reason = failed?.contexts?.[0]?.message ?? current?.buildStatus;
      throw new Error(`the image was not built: ${reason}; see the log of build ${id} (${current?.logs?.deepLink})`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}
